"""What is watched at an endpoint: where it stands, and what a window showed."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Literal

from everloop.records.endpoint import VersionRef
from everloop.records.verdict import Verdict

Monitor = Literal["drift", "data", "quality"]
Watches = Literal["inputs", "outcomes"]
WINDOWS_KEPT = 50  # of each kind, to be shown


@dataclass(frozen=True, slots=True, kw_only=True)
class Monitored:
    """What a monitor says of one subject in one window."""

    monitor: Monitor
    subject: str  # a column, `answers`, or a metric
    verdict: Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class MonitorWindow:
    """Rows that were looked at together. `slot` is the window's number modulo `WINDOWS_KEPT`."""

    FORMAT: ClassVar[str] = "everloop.monitor-window/1"

    endpoint: str
    watches: Watches
    slot: int
    number: int  # from 1, for as long as the champion answers
    champion: VersionRef
    since: datetime  # served, or mature
    until: datetime
    rows: int
    found: tuple[Monitored, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnCounts:
    """Rows of a column in the bins or cells of its reference."""

    name: str
    missing: int
    counts: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """Windows added up."""

    rows: int
    columns: tuple[ColumnCounts, ...]
    answers: ColumnCounts | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreSums:
    """Rows with a truth: how many, the sum of their scores and of the scores' squares."""

    rows: int
    total: float
    squares: float


@dataclass(frozen=True, slots=True, kw_only=True)
class MonitorStanding:
    """Where the monitors of an endpoint stand. A row that was looked at is never looked at again.

    `filling` gathers the newest windows, `filled` those before it: together they are the long stretch that is judged
    beside each window.
    """

    FORMAT: ClassVar[str] = "everloop.monitor-standing/1"

    endpoint: str
    champion: VersionRef
    reference: str  # digest of the blob that holds the training window
    since: datetime  # its answers are looked at from then on
    windows: int = 0  # of inputs, closed since the champion answers
    upto: datetime  # served_at of the last row that was looked at
    upto_id: str = ""
    filled: Stretch | None = None
    filling: Stretch | None = None
    judgements: int = 0  # windows of outcomes, closed since the champion answers
    judged_upto: datetime  # when the last outcome that was looked at was mature
    judged_id: str = ""
    scored: ScoreSums | None = None  # as `filled`
    scoring: ScoreSums | None = None  # as `filling`
