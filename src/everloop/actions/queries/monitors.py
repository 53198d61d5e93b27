"""What the monitors of an endpoint say: the newest windows, and the alerts."""

import re
from dataclasses import dataclass

from everloop.actions.context import Context
from everloop.errors import InvalidRequest
from everloop.records.alert import Alert
from everloop.records.endpoint import Endpoint
from everloop.records.monitor import WINDOWS_KEPT, MonitorStanding, MonitorWindow, Watches
from everloop.registry.champions import known_endpoint
from everloop.shown.markup import facts, table
from everloop.shown.pictures import bars
from everloop.stores.metadata import Transaction

SHOWN = 12  # columns, in a notebook
REFUSED = re.compile(r'everloop_refused_total\{code="([^"]*)"')


@dataclass(frozen=True, slots=True, kw_only=True)
class MonitoringQuery:
    """One endpoint."""

    endpoint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertsQuery:
    """One endpoint's alerts, or everybody's; with `closed` those that were closed too, the newest so many."""

    endpoint: str = ""
    closed: bool = False
    newest: int = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Monitoring:
    """The newest window of inputs and of outcomes, each with what was found in it, the strongest first.

    None as long as the champion has not filled one. `refused` counts what the data plane did not take since it was
    first started, by the code of the problem.
    """

    endpoint: str
    champion: str
    inputs: MonitorWindow | None
    outcomes: MonitorWindow | None
    windows: int  # of inputs, since the champion answers
    waiting: int  # answers that are in no window yet
    window_rows: int  # how many fill one
    alerts: tuple[Alert, ...]  # open ones, the most harmful first
    refused: dict[str, int]

    def _repr_html_(self) -> str:
        found = self.inputs.found if self.inputs is not None else ()
        drifts = [m for m in found if m.monitor == "drift" and m.verdict.value is not None]
        bars_of = [(m.subject, m.verdict.value or 0.0, m.verdict.verdict == "fail") for m in drifts[:SHOWN]]
        known = [
            ("champion", self.champion),
            ("windows", self.windows),
            ("waiting", f"{self.waiting:,} of {self.window_rows:,} rows of the next window"),
            ("refused requests", sum(self.refused.values())),
        ]
        rows = [(a.monitor, a.subject, a.harm, a.evidence.reason) for a in self.alerts]
        alerts = [table(("alert", "of", "harm", "what"), rows)] if rows else []
        limit = drifts[0].verdict.limit if drifts else None
        return facts(self.endpoint, known, bars(bars_of, limit=limit, said="Drift by column"), *alerts)


def monitoring(context: Context, query: MonitoringQuery) -> Monitoring:
    """What was seen last. Looks at nothing new: see `monitor`. Raises NotFound for an unknown endpoint."""
    from everloop.actions.monitor_rows import waiting_inputs
    from everloop.monitoring.alerts import ranked

    with context.metadata.transaction() as transaction:
        endpoint = known_endpoint(transaction, query.endpoint)
        standing = transaction.get(MonitorStanding, query.endpoint)
        if standing is not None and standing.champion != endpoint.champion:
            standing = None
        inputs = _newest(transaction, standing, "inputs", standing.windows if standing else 0)
        outcomes = _newest(transaction, standing, "outcomes", standing.judgements if standing else 0)
        alerts = transaction.find(Alert, endpoint=query.endpoint, state="open")
    return Monitoring(
        endpoint=endpoint.name,
        champion=str(endpoint.champion),
        inputs=inputs,
        outcomes=outcomes,
        windows=standing.windows if standing else 0,
        waiting=waiting_inputs(context, standing).num_rows if standing else 0,
        window_rows=context.settings.monitoring.window_rows,
        alerts=tuple(ranked(alerts)),
        refused=_refused(context),
    )


def list_alerts(context: Context, query: AlertsQuery) -> tuple[Alert, ...]:
    """Open alerts, the most harmful first; then closed ones, the newest first. NotFound for an unknown endpoint."""
    from everloop.monitoring.alerts import ranked

    if query.newest < 1:
        raise InvalidRequest(f"newest={query.newest}: ask for at least one.")
    with context.metadata.transaction() as transaction:
        names = _names(transaction, query.endpoint)
        opened = [a for n in names for a in transaction.find(Alert, endpoint=n, state="open")]
        closed = [
            a for n in names for a in transaction.find(Alert, endpoint=n, state="closed") if query.closed
        ]
    latest = sorted(closed, key=lambda a: (a.closed_at or a.seen_at, a.id), reverse=True)
    return tuple([*ranked(opened), *latest][: query.newest])


def _names(transaction: Transaction, endpoint: str) -> list[str]:
    if endpoint:
        return [known_endpoint(transaction, endpoint).name]
    return [e.name for e in transaction.find(Endpoint)]


def _newest(
    transaction: Transaction, standing: MonitorStanding | None, watches: Watches, number: int
) -> MonitorWindow | None:
    """The champion's newest window of a kind; the slots of an earlier champion may still be there."""
    if standing is None or number == 0:
        return None
    found = transaction.get(MonitorWindow, standing.endpoint, watches, number % WINDOWS_KEPT)
    return found if found is not None and found.champion == standing.champion else None


def _refused(context: Context) -> dict[str, int]:
    """Requests that were refused at the door, such as those with a value of a wrong type, by the problem's code."""
    from everloop.serving.metrics_files import read_counts

    found: dict[str, int] = {}
    for series, count in read_counts(context.layout).items():
        match = REFUSED.match(series)
        if match:
            found[match[1]] = found.get(match[1], 0) + int(count)
    return dict(sorted(found.items()))
