"""How good the answers of an endpoint were, window by window."""

from collections.abc import Hashable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from threading import Lock
from typing import TYPE_CHECKING, Literal

from everloop.actions.context import Context
from everloop.errors import InvalidRequest
from everloop.monitoring.quality_point import QualityPoint
from everloop.records.endpoint import Endpoint
from everloop.registry.champions import known_endpoint
from everloop.registry.versions import known_version
from everloop.shown.markup import facts
from everloop.shown.pictures import band

if TYPE_CHECKING:
    import pyarrow as pa

    from everloop.ledger.ledger import Ledger
    from everloop.monitoring.quality import Task

READ = ("model", "version", "variant", "rollout", "route_table", "shadow")
KEPT = 32  # histories of a process: a page asks for the same one every second
MOST_POINTS = 1_000
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class QualityHistoryQuery:
    """One endpoint: about so many windows of its newest so many answers."""

    endpoint: str
    points: int = 60
    newest: int = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class QualityHistory:
    """Consecutive windows of rows whose truth is known, the oldest first, each of one version.

    `points` are the champions', `candidates` those of versions on their way. Where truth is fixed they count on every
    row that they saw, as answer or in the shadow of one; where it is a reaction only answers count.
    """

    endpoint: str
    metric: str  # `accuracy`, or `mean absolute error`
    better: Literal["higher", "lower"]
    points: tuple[QualityPoint, ...]
    candidates: tuple[QualityPoint, ...]
    newest: QualityPoint | None = None  # all of these rows that the version of the last of `points` answered

    def _repr_html_(self) -> str:
        points = [p for p in self.points if p.value is not None]
        if not points:
            return facts(f"Quality of {self.endpoint}", [(self.metric, "no truth is known yet")])
        newest, rows = points[-1], sum(p.rows for p in points)
        picture = band(
            [(p.low, p.value, p.high) for p in points],
            said=f"{self.metric} over time with its 95 % interval",
            ends=(f"{points[0].since:%m-%d %H:%M}", f"{newest.until:%m-%d %H:%M}"),
        )
        whole = (
            []
            if self.newest is None
            else [(f"{self.metric} of {self.newest.model}@{self.newest.version}", _told(self.newest))]
        )
        known = [*whole, (f"{self.metric}, newest window", _told(newest)), ("rows with a truth", rows)]
        return facts(f"Quality of {self.endpoint}", known, picture)


def _told(point: QualityPoint) -> str:
    return f"{point.value:.4g} ({point.low:.4g} to {point.high:.4g}) on {point.rows:,} answers"


def quality_history(context: Context, query: QualityHistoryQuery) -> QualityHistory:
    """Read anew only where more is known since it was last asked.

    Raises NotFound for an unknown endpoint, InvalidRequest for sizes that make no history.
    """
    if not 1 <= query.points <= MOST_POINTS or query.newest < 1:
        raise InvalidRequest(
            f"points={query.points}, newest={query.newest} make no history.",
            remedy=f"Ask for 1 to {MOST_POINTS} points of at least one answer.",
        )
    from everloop.ledger.ledger import Ledger

    with context.metadata.transaction() as transaction:
        endpoint = known_endpoint(transaction, query.endpoint)
        task = known_version(transaction, endpoint.champion.model, endpoint.champion.number).signature.task
    ledger = Ledger(context.tables, context.layout, context.clock)
    return _kept.of(context, ledger, endpoint, task, query)


class _Kept:
    """The last histories, each with what was known when it was made."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._kept: dict[Hashable, tuple[Hashable, datetime, QualityHistory]] = {}

    def of(
        self, context: Context, ledger: "Ledger", endpoint: Endpoint, task: "Task", query: QualityHistoryQuery
    ) -> QualityHistory:
        asked = (context.layout.root, endpoint.target, task, query)
        mark, now = (
            ledger.mark(endpoint.name),
            context.clock.now(),
        )  # first: what comes meanwhile makes another
        with self._lock:
            kept = self._kept.get(asked)
        if kept is not None and kept[0] == mark and not _matured(endpoint, now, kept[1]):
            return kept[2]
        made = _history(ledger, endpoint, task, query)
        with self._lock:
            self._kept.pop(asked, None)
            self._kept[asked] = (mark, now, made)
            if len(self._kept) > KEPT:
                del self._kept[next(iter(self._kept))]
        return made


_kept = _Kept()


def _matured(endpoint: Endpoint, now: datetime, then: datetime) -> bool:
    """Whether so much time has passed that answers can have become mature by it alone: a hundredth of the window."""
    within = endpoint.target.within
    return within is not None and abs(now - then) >= within / 100


def _history(
    ledger: "Ledger", endpoint: Endpoint, task: "Task", query: QualityHistoryQuery
) -> QualityHistory:
    from everloop.monitoring.quality_windows import newest_stretch, quality_windows

    rows = _rows(ledger, endpoint, query.newest)
    classes = task == "classification"
    return QualityHistory(
        endpoint=endpoint.name,
        metric="accuracy" if classes else "mean absolute error",
        better="higher" if classes else "lower",
        points=quality_windows(rows, task, points=query.points, role="champion"),
        candidates=quality_windows(rows, task, points=query.points, role="candidate"),
        newest=newest_stretch(rows, task, role="champion"),
    )


def _rows(ledger: "Ledger", endpoint: Endpoint, newest: int) -> "pa.Table":
    """What versions made of the newest rows, with their truth where it is known."""
    import numpy as np
    import pyarrow as pa

    served = (
        ledger.predictions(endpoint.name, columns=("served_at",))["served_at"].cast(pa.int64()).to_numpy()
    )
    since = None
    if len(served) > newest:
        first = int(np.partition(served, len(served) - newest)[len(served) - newest])
        since = EPOCH + timedelta(microseconds=first)
    shadows = None if endpoint.target.truth == "fixed" else False
    return ledger.joined(endpoint.name, endpoint.target, columns=READ, since=since, shadow=shadows)
