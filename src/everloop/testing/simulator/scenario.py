"""What is simulated: the loop as declared, the world around it, and what goes wrong."""

from dataclasses import dataclass, replace
from datetime import timedelta

from everloop.records.loop import LoopPolicy, TriggerRule
from everloop.records.target import TargetRule

STEP = timedelta(minutes=15)
HOUR = timedelta(hours=1)
Stretch = tuple[int, int]  # of steps: from the first up to, without, the second
GAINS = (-0.3, -0.1, -0.05, 0.0, 0.0, 0.02, 0.05, 0.1)  # of a refit over the champion of its time
DEFECTS = ("", "", "", "", "", "", "errors", "many errors", "latency", "shift")  # that gates do not see
PROPOSALS = ("propose", "replace", "deploy")
ORDERS = ("approve", "reject", "roll_back", "pause", "resume", "turn", "override")


@dataclass(frozen=True, slots=True, kw_only=True)
class Faults:
    """What goes wrong with the processes and the machine."""

    crash: float = 0.0  # the chance that the control process dies, at each point where it may
    crash_at: int | None = None  # or at this point alone
    full_disk: Stretch = (0, 0)  # nothing can be written
    unpublished: Stretch = (0, 0)  # the metadata can be written, and no file that workers follow
    blind: float = 0.0  # the chance that a look at the world raises
    unseen: Stretch = (0, 0)  # every look at a rollout raises, even after all other faults have stopped
    jumps: tuple[tuple[int, timedelta], ...] = ()  # of the clock, by step
    schedulers: int = 1
    interleaved: bool = False  # schedulers and people take turns at the borders of transactions
    shadows_lost: float = 0.0  # of the rows


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcomes:
    """How the truth comes back."""

    never: float = 0.1  # of the rows
    delay: float = 3.0  # steps, in the mean; some come with the answer itself
    wrong_first: float = 0.02  # are corrected later
    twice: float = 0.05
    lost: Stretch = (0, 0)  # what would have been learned then never is


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """A world for one or more loops. It is disturbed for so many `steps`, then the faults and the people stop."""

    seed: int
    name: str  # how it was made of the seed: see `SCENARIOS`
    policy: LoopPolicy
    triggers: tuple[TriggerRule, ...]
    target: TargetRule
    endpoints: int = 1
    steps: int = 60
    rows: int = 60  # answers a step, in the mean
    rivals: int = 1
    outcomes: Outcomes = Outcomes()
    drifts: tuple[Stretch, ...] = ()
    flapping: bool = False
    gains: tuple[float, ...] = GAINS
    defects: tuple[str, ...] = DEFECTS
    people: float = 0.0  # the chance that somebody does something, each step
    visits: tuple[int, ...] = ()  # the transactions before which somebody comes by
    visitors: tuple[str, ...] = PROPOSALS  # what they want
    leased: bool = False  # the queue of jobs: rows of the metadata, or in memory
    thorough: bool = False  # every verdict with its intervals, as they are in the field
    faults: Faults = Faults()

    @property
    def undisturbed(self) -> "Scenario":
        """The same world, in which nothing goes wrong."""
        return replace(self, faults=Faults())

    @property
    def comparable(self) -> bool:
        """Whether the end has to be that of the undisturbed one: its faults delay nothing, lose nothing.

        Of two endpoints who is served first may differ; so may what people find who act between two steps of the loop.
        """
        faults = self.faults
        stretches = (faults.full_disk, faults.unpublished, faults.unseen)
        lossless = not faults.shadows_lost and not faults.jumps and not faults.blind
        lossless = lossless and all(begin == end for begin, end in stretches)
        alone = self.endpoints == 1 and not self.visits and not (faults.interleaved and self.people)
        return lossless and alone
