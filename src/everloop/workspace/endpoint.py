"""An endpoint as a person holds it."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from everloop.actions.approve import Approved, ApproveRequest, RejectRequest
from everloop.actions.operations.cycles import APPROVE, PROPOSE, REJECT
from everloop.actions.operations.monitors import ALERTS, AUDIT, MONITOR
from everloop.actions.propose import Proposed, ProposeRequest
from everloop.actions.queries.audit import AuditQuery
from everloop.actions.queries.endpoints import EndpointQuery, EndpointStatus
from everloop.actions.queries.ledger import UnknownIdsQuery
from everloop.actions.queries.monitors import AlertsQuery, Monitoring, MonitoringQuery
from everloop.actions.queries.quality_history import QualityHistory, QualityHistoryQuery
from everloop.actions.registry import ENDPOINT, QUALITY_HISTORY, ROLL_BACK, UNKNOWN_IDS
from everloop.actions.roll_back import RollBackRequest, RolledBack
from everloop.actions.step_cycle import Stepped
from everloop.errors import InvalidRequest
from everloop.records.alert import Alert
from everloop.records.names import new_id, parse_version
from everloop.records.signature import Label
from everloop.shown.markup import Markup
from everloop.workspace import listings
from everloop.workspace.data_plane import Answer, Taken, joined
from everloop.workspace.seen import seen

IDS_A_REQUEST = 20_000  # of up to 200 characters: what a request of the control plane may hold

if TYPE_CHECKING:
    from datetime import timedelta

    import pyarrow as pa

    from everloop.datasets.accept import Rows
    from everloop.replay.distortion import Distortion, OutcomeDistortion
    from everloop.workspace.replaying import Replay
    from everloop.workspace.workspace import Workspace


class Endpoint:
    """A URL that predicts, by its name."""

    def __init__(self, workspace: "Workspace", name: str) -> None:
        self.name = name
        self._workspace = workspace

    @property
    def url(self) -> str:
        """Where any HTTP client can post rows."""
        return f"{self._workspace.data_plane.url}/endpoints/{self.name}/invocations"

    def predict(
        self,
        rows: "Rows",
        *,
        key: str = "",
        ids: Sequence[str] | str = (),
        probabilities: bool = False,
        from_row: int = 0,
        watch: Callable[[Answer, int], None] | None = None,
    ) -> Answer:
        """Answer rows: a pandas, Polars or Arrow table, a list of dictionaries, or a CSV or Parquet path.

        `key` keeps a caller with the same variant; `ids` are the caller's own, one a row, or the name of the column
        that holds them: outcomes may come by them. `from_row` leaves out so many rows, answered before. `watch` is
        given the answers of each request as they come, and the number of rows to be answered: an error later on does
        not lose them.
        Raises InvalidData for rows that do not fit the model, Unreachable when nothing serves.
        """
        from everloop.datasets.accept import to_arrow
        from everloop.datasets.place import Place
        from everloop.workspace.instances import instances_for
        from everloop.workspace.own_ids import part_ids

        given = rows if isinstance(rows, Sequence) and not isinstance(rows, str) else to_arrow(rows)
        kinds, ignored = self._workspace.data_plane.columns(self.name)
        if isinstance(ids, str):
            given, ids = part_ids(given, ids, {*kinds, *ignored}) if ids else (given, ())
        instances = instances_for(kinds, given)
        if len(ids) and len(ids) != len(instances):
            raise InvalidRequest(f"There are {len(instances)} rows and {len(ids)} ids.")
        coming = self._workspace.data_plane.answers(
            self.name,
            instances,
            key=key,
            ids=[str(one) for one in ids],
            probabilities=probabilities,
            where=Place(None if isinstance(given, Sequence) else given),
            from_row=from_row,
        )
        parts: list[Answer] = []
        for part in coming:
            parts.append(part)
            if watch is not None:
                watch(part, len(instances))
        return joined(parts)

    def replay(
        self,
        rows: "Rows",
        *,
        target: str = "",
        rate: float = 50.0,
        time: str = "",
        speed: float | None = None,
        outcome_delay: "str | timedelta" = "0s",
        distort: "Sequence[Distortion | OutcomeDistortion]" = (),
        seed: int = 0,
    ) -> "Replay":
        """Send rows of the past over HTTP, and the truth of each later; begun by its `send`.

        target: the column that holds the truth; by default the endpoint's own. rate: rows a second, of the machine's
        time. time: the column by which rows are ordered; with `speed`, they follow each other as they did then, so many
        times as fast. outcome_delay: after its answer, in the platform's time. distort: el.Shift, el.Missing, ... with
        chances that `seed` decides. Raises InvalidRequest for what does not fit, Unreachable where nothing serves.
        """
        from everloop.workspace.replaying import Replay

        return Replay(
            self._workspace.data_plane,
            self.name,
            rows,
            target=target or self.status().outcome,
            clock=self._workspace.clock,
            rate=rate,
            time=time,
            speed=speed,
            outcome_delay=outcome_delay,
            distort=distort,
            seed=seed,
        )

    def record(
        self,
        inputs: "Rows | Mapping[str, Any]",
        outputs: "Sequence[Label] | Label",
        ids: Sequence[str] = (),
        *,
        probabilities: Sequence[Sequence[float]] = (),
        latency_ms: float | None = None,
    ) -> tuple[str, ...]:
        """Record what a model answered that is served elsewhere; answers the ids of the rows.

        `inputs` are rows as `predict` takes them, or one as a dictionary, `outputs` their answers. `ids` are your own,
        by which outcomes will come: recorded again, a row counts once. `probabilities` are those of the classes, in
        their order. Raises InvalidData for a row or an answer that does not fit what is watched, Conflict where the
        model is ours.
        """
        from everloop.workspace.recording import records_of

        kinds = self._workspace.data_plane.kinds(self.name)
        records = records_of(kinds, inputs, outputs, ids, probabilities)
        shared = {} if latency_ms is None else {"latency_ms": latency_ms}
        return tuple(self._workspace.data_plane.records(self.name, records, **shared))

    def outcomes(
        self,
        name: str,
        ids: Sequence[str],
        values: Sequence[Label],
        *,
        happened_at: datetime | Sequence[datetime] | None = None,
        source: str = "",
    ) -> Taken:
        """Send what became of predictions, whenever it is known; answers how many were taken, and what will not count.

        `ids` are ours, as `predict` answered them, or your own, where you gave such; `unknown_ids` tells which of them
        no prediction has. Sending one again changes nothing; sending another value corrects it, with its history.
        """
        truth = [v.item() if hasattr(v, "item") else v for v in values]
        if len(ids) != len(truth):
            raise InvalidRequest(f"There are {len(ids)} ids and {len(truth)} values.")
        times = [happened_at] * len(truth) if not isinstance(happened_at, Sequence) else list(happened_at)
        if len(times) != len(truth):
            raise InvalidRequest(f"There are {len(truth)} values and {len(times)} times.")
        outcomes = [
            {"id": str(i), "name": name, "value": v}
            | ({"happened_at": t.isoformat()} if t else {})
            | ({"source": source} if source else {})
            for i, v, t in zip(ids, truth, times, strict=True)
        ]
        return self._workspace.data_plane.outcomes(self.name, outcomes)

    def unknown_ids(self, ids: Sequence[str]) -> tuple[str, ...]:
        """Those of `ids`, ours or your own, that no prediction has at this moment; each once.

        Outcomes that were sent by them are kept, and count once a prediction with such an id is there.
        """
        asked = list(dict.fromkeys(str(one) for one in ids))
        unknown: list[str] = []
        for start in range(0, len(asked), IDS_A_REQUEST):
            query = UnknownIdsQuery(endpoint=self.name, ids=tuple(asked[start : start + IDS_A_REQUEST]))
            found = self._workspace.client.call(UNKNOWN_IDS, query, key=new_id("key"))
            unknown += found
        return tuple(unknown)

    def propose(self, version: str, reason: str = "", *, replace: bool = False) -> Proposed:
        """Hand a version, such as churn@4, to the gates and the rollout; answers its cycle.

        Raises Conflict for the champion itself, and where another candidate is on its way; with `replace` it takes
        that one's place.
        """
        model, number = parse_version(str(version))
        request = ProposeRequest(
            endpoint=self.name, model=model, version=number, reason=reason, replace=replace
        )
        answer = self._workspace.client.call(PROPOSE, request, key=new_id("key"))
        if answer.replaced:  # what it had of the traffic goes back
            self._workspace.wait_until_served(answer.route_table, self.status().variants[0].bundle)
        return answer

    def approve(self, candidate: str = "", *, reason: str = "") -> Approved:
        """Let the candidate into its rollout, now or as soon as its gates have passed.

        By default it is the one that waits at this moment; raises Conflict if another is there by then. What is
        approved already stays so: the answer says by whom and since when.
        """
        request = ApproveRequest(
            endpoint=self.name, candidate=candidate or self.status().proposed, reason=reason
        )
        return self._workspace.client.call(APPROVE, request, key=new_id("key"))

    def reject(self, candidate: str = "", *, reason: str = "") -> Stepped:
        """End the open cycle: its candidate loses what traffic it has. Raises Conflict as `approve` does."""
        request = RejectRequest(
            endpoint=self.name, candidate=candidate or self.status().proposed, reason=reason
        )
        return self._workspace.client.call(REJECT, request, key=new_id("key"))

    def rollback(self, reason: str = "") -> RolledBack:
        """End a rollout that is under way, or else give the endpoint back to the version that answered before.

        Waits until workers follow; `lines()` of the answer says what was done, also to a cycle that was open.
        Of two people who see the same champion and roll it back, one does; the other gets Conflict.
        """
        request = RollBackRequest(endpoint=self.name, reason=reason, expected=self.status().champion)
        answer = self._workspace.client.call(ROLL_BACK, request, key=new_id("key"))
        self._workspace.wait_until_served(answer.route_table, self.status().variants[0].bundle)
        return answer

    def monitor(self) -> Monitoring:
        """Look at the answers and outcomes that are new, and tell what the newest windows show.

        A control plane looks by itself every few seconds; without one this is how an endpoint is monitored. Rows of
        the last second are left for the next look: others that were served before them may still be on their way.
        """
        return self._workspace.client.call(MONITOR, MonitoringQuery(endpoint=self.name), key=new_id("key"))

    def alerts(self, *, closed: bool = False) -> tuple[Alert, ...]:
        """What has moved, the most harmful first; with `closed` also what came back since."""
        return listings.alerts(
            self._workspace.client.call(ALERTS, AlertsQuery(endpoint=self.name, closed=closed), key="")
        )

    def audit(self, newest: int = 1000) -> "pa.Table":
        """Answers of the standing random audit that still lack their truth, the oldest first.

        Raises InvalidRequest where no loop declares an audit.
        """
        return self._workspace.client.call(AUDIT, AuditQuery(endpoint=self.name, newest=newest), key="")

    def quality_history(self, *, points: int = 60, newest: int = 20_000) -> QualityHistory:
        """How good the newest answers were: about so many windows of rows whose truth is known, each of one version.

        Quick enough to be asked every second.
        """
        query = QualityHistoryQuery(endpoint=self.name, points=points, newest=newest)
        return self._workspace.client.call(QUALITY_HISTORY, query, key="")

    def status(self) -> EndpointStatus:
        """Champion, anchor, proposal, routes."""
        return self._workspace.client.call(ENDPOINT, EndpointQuery(endpoint=self.name), key="")

    def __repr__(self) -> str:
        return f"Endpoint({self.name!r})"

    def _repr_html_(self) -> str:
        def show() -> Markup:
            return Markup(self.status()._repr_html_() + self.quality_history()._repr_html_())

        return seen(f"Endpoint {self.name}", show)
