"""What a tick sees of the world around a loop: the only things that its decisions rest on."""

from dataclasses import dataclass
from datetime import datetime

from everloop.records.cycle import Judged
from everloop.records.endpoint import VersionRef
from everloop.records.verdict import Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Pending:
    """The step's work is not done yet."""

    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """The step's work cannot be done."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Pinned:
    """The dataset version to learn from, and from when on answers are kept for the gates."""

    version: int
    evaluate_from: datetime | None
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fitted:
    """The candidates that came of the refit; `errors` tell why recipes gave none."""

    runs: tuple[str, ...]
    candidates: tuple[VersionRef, ...]
    errors: tuple[str, ...] = ()
    same: tuple[
        VersionRef, ...
    ] = ()  # versions that are the champion again, and so no candidates; in `errors` too


@dataclass(frozen=True, slots=True, kw_only=True)
class Gated:
    """What the gates said of every candidate. Without a winner it is undecided if more rows may change it."""

    judged: tuple[Judged, ...]
    winner: VersionRef | None
    undecided: bool
    reason: str
    rows: int  # mature rows that they looked at
    more_rows: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reported:
    """The report is kept under this digest."""

    report: str


Result = Pinned | Fitted | Gated | Reported
Work = Pending | Failed | Result | None  # None: it was not asked for yet


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """A rollout as it stands: verdicts of its guardrails and of quality, and what the candidate answered."""

    verdicts: tuple[Verdict, ...] = ()
    answers: int = 0  # of the candidate at this stage


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """Around one open cycle."""

    champion: VersionRef  # now
    work: Work = None  # of the present step
    mature: int = 0  # rows that the gates could look at now
    watched: Watched = Watched()


@dataclass(frozen=True, slots=True, kw_only=True)
class Raised:
    """An alert that is open."""

    mark: str  # of this opening: it fires once
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """Around a loop: what its triggers look at."""

    mature: int  # mature rows there are
    alerts: tuple[Raised, ...] = ()
