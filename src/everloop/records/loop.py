"""The declared loop, and where it stands between its cycles."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import ClassVar, Literal

from everloop.records.target import TargetRule

Mode = Literal["observe", "propose", "act"]


@dataclass(frozen=True, slots=True, kw_only=True)
class GateRule:
    """One gate. Which fields count is the kind's to say; docs/loop.md has them."""

    kind: Literal["no_worse", "beats_baseline", "beats_decisions", "no_worse_slices", "latency", "size"]
    metric: str = ""  # empty: accuracy of classes, mean absolute error of numbers
    margin: float = 0.0  # how much worse is still no worse, in the metric's own unit
    limit: float | None = None  # milliseconds, or bytes
    columns: tuple[str, ...] = ()  # slices by these, or the one column that holds people's decisions


@dataclass(frozen=True, slots=True, kw_only=True)
class RolloutPlan:
    """How a candidate takes the traffic. `steps` are its shares on the way to all of it."""

    kind: Literal["canary", "linear", "all_at_once"] = "canary"
    steps: tuple[float, ...] = (0.1, 0.5)
    bake: timedelta = timedelta(minutes=10)  # at least so long at each step
    max_wait: timedelta = timedelta(days=7)  # whatever is undecided by then ends as a rollback
    min_answers: int = 20  # of the candidate at each step
    metric: str = ""
    margin: float = 0.01
    more_errors: float = (
        0.01  # how many more of the requests it sees may fail than of the champion's, a share
    )
    slower: float = 1.5  # how many times the champion's p95 its own may be
    shift: float = 0.3  # how far its answers may lie from the champion's, total variation


@dataclass(frozen=True, slots=True, kw_only=True)
class TriggerRule:
    """Why a loop turns by itself: so many new mature outcomes, an alert, or a time that has passed."""

    kind: Literal["outcomes", "drift", "schedule"]
    count: int = 0
    every: timedelta | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RecipeRef:
    """A frozen recipe and its unfitted estimator, both blobs."""

    name: str
    recipe: str  # digest
    estimator: str  # digest


@dataclass(frozen=True, slots=True, kw_only=True)
class LoopPolicy:
    """What decides in a cycle. A cycle keeps the one that it was opened with."""

    mode: Mode = "propose"
    gates: tuple[GateRule, ...] = ()
    rollout: RolloutPlan = field(default_factory=RolloutPlan)
    cool_down: timedelta = timedelta(
        hours=1
    )  # after a refusal, a rollback or a failure nothing turns by itself for so long
    patience: timedelta = timedelta(days=7)  # how long gates that are undecided wait for more rows
    evaluation_share: float = 0.3  # of the new mature rows, the latest, are kept from the fit for the gates
    window: int | None = None  # a refit learns from the newest so many rows; None: from all


@dataclass(frozen=True, slots=True, kw_only=True)
class LoopRecord:
    """A loop as it was declared."""

    FORMAT: ClassVar[str] = "everloop.loop/1"

    name: str
    endpoint: str
    model: str
    dataset: str
    target: TargetRule
    recipes: tuple[RecipeRef, ...]  # the champion's own recipe is always refitted beside these
    policy: LoopPolicy
    triggers: tuple[TriggerRule, ...]
    audit_share: float  # of the predictions, by chance, is queued for people
    declared_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class LoopStanding:
    """Where a loop stands between its cycles: what it has used up, and what holds it."""

    FORMAT: ClassVar[str] = "everloop.loop-standing/1"

    name: str
    paused: str = ""  # the reason; empty: it turns
    turned_at: datetime | None = None  # when its newest cycle was opened
    cool_until: datetime | None = None
    outcomes_used: int = 0  # the most mature outcomes that there were when it turned
    fired: tuple[str, ...] = ()  # marks of the evidence that has fired: it never does again
