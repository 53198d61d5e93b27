"""The past sent again to an endpoint: rows over HTTP at a pace, and their truths later."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from math import ceil
from typing import TYPE_CHECKING, Any

from everloop.clock import Clock
from everloop.datasets.accept import to_arrow
from everloop.errors import InvalidRequest
from everloop.records.durations import duration
from everloop.records.names import new_id
from everloop.records.signature import Label
from everloop.replay.distorted import Distortions
from everloop.replay.pace import AsRecorded, Pace, Steady
from everloop.replay.sender import Piece, Sender
from everloop.replay.sent import Sent
from everloop.workspace.instances import instances_for
from everloop.workspace.moments import in_order, moments

if TYPE_CHECKING:
    from datetime import timedelta
    from types import TracebackType

    from everloop.datasets.accept import Rows
    from everloop.replay.distortion import Distortion, OutcomeDistortion
    from everloop.workspace.data_plane import DataPlane

RATE = 50.0  # rows a second
REQUESTS_A_SECOND = 50.0  # about; with more rows a second, a request carries several
CONNECTIONS = 4
BLOCK = 500  # rows that are distorted at a time
SOURCE = "replay"


class Replay:
    """One replay, in stretches: `send` until a condition holds, then `finish`. Leaving its block stops it.

    Every row has an id of ours, `<replay>-<number>`, which stays the same when a request is repeated: what was answered
    twice, because the first answer was lost on its way, shows in the ledger. Only delivered answers get their truth.
    """

    def __init__(
        self,
        plane: "DataPlane",
        endpoint: str,
        rows: "Rows",
        *,
        target: str,
        clock: Clock,
        rate: float = RATE,
        time: str = "",
        speed: float | None = None,
        outcome_delay: "str | timedelta" = "0s",
        distort: "Sequence[Distortion | OutcomeDistortion]" = (),
        seed: int = 0,
        connections: int = CONNECTIONS,
    ) -> None:
        """See `Endpoint.replay`."""
        table = to_arrow(rows)
        if target not in table.column_names:
            raise InvalidRequest(
                f"The rows have no column {target!r}.",
                remedy=f"Give target= one of {', '.join(table.column_names)}.",
            )
        table = in_order(table, time) if time else table
        pace: Pace = Steady(rate) if speed is None else AsRecorded(moments(table, time), speed)
        self.id = new_id("replay")
        self.rows = table.num_rows
        self._inputs = table.drop_columns([target])
        self._truths = table[target]
        self._delay_s = duration(outcome_delay).total_seconds()
        self._seed = seed
        self._distortions = Distortions(seed=seed, given=tuple(distort))
        self._rows_a_request = 1 if speed is not None else max(1, ceil(rate / REQUESTS_A_SECOND))
        self._next = 0  # the row that is looked at next
        self._begin = 0  # the row from which the distortions count
        self._kinds = plane.kinds(endpoint)
        self._distortions.rows(self._inputs.slice(0, 1), 0)  # those that do not fit are told now
        line = _EndpointLine(plane, endpoint, target)
        self._sender = Sender(line, self._pieces(), pace=pace, clock=clock, connections=connections)

    @property
    def progress(self) -> Sent:
        """How far it is."""
        return self._sender.counts

    @property
    def is_over(self) -> bool:
        """Whether every row was sent."""
        return self._sender.is_over

    def distort(self, *distortions: "Distortion | OutcomeDistortion") -> None:
        """Let these, and no others, hold from the next row on that was not looked at yet.

        Their rows are counted from there.
        """
        self._distortions = Distortions(seed=self._seed, given=distortions)
        self._begin = self._next

    def send(
        self,
        most: int | None = None,
        *,
        until: Callable[[], bool] = lambda: False,
        hold: Callable[[], bool] = lambda: False,
        watch: Callable[[Sent], None] = lambda sent: None,
    ) -> Sent:
        """Send rows until `until` holds, at most `most`, and wait for their answers.

        While `hold` holds none are sent, and truths go on. `watch` is told how far it is, several times a second.
        """
        return self._sender.send(most, until=until, hold=hold, watch=watch)

    def finish(
        self, *, within_s: float | None = None, watch: Callable[[Sent], None] = lambda sent: None
    ) -> Sent:
        """Wait until every truth was sent when it was due, or so many seconds of the machine's time."""
        return self._sender.settle(within_s, watch)

    def stop(self) -> Sent:
        """Send nothing more; says how many truths were not sent."""
        return self._sender.stop()

    def _pieces(self) -> Iterator[Piece]:
        while self._next < self.rows:
            first, distortions = self._next, self._distortions
            count = min(BLOCK, self.rows - first)
            rows = distortions.rows(self._inputs.slice(first, count), first - self._begin)
            delays = distortions.delays(self._delay_s, first - self._begin, count).tolist()
            truths = self._truths.slice(first, count).to_pylist()
            instances = instances_for(self._kinds, rows)
            for start in range(0, count, self._rows_a_request):
                end = min(start + self._rows_a_request, count)
                self._next = first + end
                yield Piece(
                    first=first + start,
                    rows=instances[start:end],
                    ids=[f"{self.id}-{first + place}" for place in range(start, end)],
                    truths=truths[start:end],
                    delays=delays[start:end],
                )
                if self._distortions is not distortions:
                    break

    def __enter__(self) -> "Replay":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: "TracebackType | None",
    ) -> None:
        self.stop()


class _EndpointLine:
    """A replay's connection to its endpoint. A request's first id is also what keeps its caller with one variant."""

    def __init__(self, plane: "DataPlane", endpoint: str, target: str) -> None:
        self._plane = plane
        self._endpoint = endpoint
        self._target = target

    def ask(self, rows: Sequence[Mapping[str, object]], ids: Sequence[str]) -> Sequence[str]:
        """Have rows answered."""
        asked: list[dict[str, Any]] = [dict(row) for row in rows]
        parts = self._plane.answers(self._endpoint, asked, key=ids[0], ids=ids)
        return [one for part in parts for one in part.ids]

    def tell(self, ids: Sequence[str], values: Sequence[Label]) -> None:
        """Send outcomes."""
        self._plane.outcomes(
            self._endpoint,
            [
                {"id": id, "name": self._target, "value": value, "source": SOURCE}
                for id, value in zip(ids, values, strict=True)
            ],
        )
