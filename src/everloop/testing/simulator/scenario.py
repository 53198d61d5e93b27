"""What a seed stands for: the loop as declared, the world around it, and what goes wrong."""

import random
from dataclasses import dataclass, replace
from datetime import timedelta

from everloop.records.loop import GateRule, LoopPolicy, Mode, RolloutPlan, TriggerRule
from everloop.records.target import TargetRule

STEP = timedelta(minutes=15)
HOUR = timedelta(hours=1)
Stretch = tuple[int, int]  # of steps: from the first up to, without, the second


@dataclass(frozen=True, slots=True, kw_only=True)
class Faults:
    """What goes wrong with the processes and the machine."""

    crash: float = 0.0  # the chance that the control process dies, at each point where it may
    crash_at: int | None = None  # or at this point alone
    full_disk: Stretch = (0, 0)
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
    people: float = 0.0  # the chance that somebody does something, each step
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
        lossless = not faults.shadows_lost and not faults.jumps and faults.full_disk[0] == faults.full_disk[1]
        return lossless and self.endpoints == 1 and not (faults.interleaved and self.people)


def drawn(seed: int) -> Scenario:
    """The scenario of a seed."""
    chance = random.Random(f"{seed}/scenario")
    steps = chance.choice((24, 32, 48))
    return Scenario(
        seed=seed,
        name="drawn",
        policy=_policy(chance),
        triggers=_triggers(chance),
        target=_target(chance),
        endpoints=chance.choice((1, 1, 1, 1, 2)),
        steps=steps,
        rows=chance.choice((30, 60, 90)),
        rivals=chance.choice((0, 1, 1, 2)),
        outcomes=_outcomes(chance, steps),
        drifts=_drifts(chance, steps),
        flapping=chance.random() < 0.3,
        people=chance.choice((0.0, 0.0, 0.1, 0.3)),
        leased=chance.random() < 0.4,
        faults=_faults(chance, steps),
    )


def short(seed: int) -> Scenario:
    """Two hours with much traffic and quick truth, a cycle or two: to be gone through with a fault at each point."""
    rollout = RolloutPlan(
        steps=(0.5,), bake=timedelta(0), max_wait=5 * HOUR, min_answers=1, margin=0.05, more_errors=0.05
    )
    return Scenario(
        seed=seed,
        name="short",
        policy=LoopPolicy(
            mode="act",
            gates=(GateRule(kind="no_worse", margin=0.05),),
            rollout=rollout,
            patience=HOUR,
            evaluation_share=0.5,
        ),
        triggers=(TriggerRule(kind="schedule", every=HOUR),),
        target=TargetRule(outcome="truth"),
        steps=8,
        rows=200,
        rivals=0,
        outcomes=Outcomes(never=0.0, delay=0.5, wrong_first=0.0, twice=0.0),
    )


def drawn_policy(chance: random.Random) -> LoopPolicy:
    """A policy that somebody might declare, with times that fit into a day."""
    return _policy(chance)


def _policy(chance: random.Random) -> LoopPolicy:
    mode: Mode = chance.choice(("observe", "propose", "act", "act", "act"))
    shares = chance.choice(((0.1, 0.5), (0.25, 0.5, 0.75), (0.5,), (1.0,)))
    return LoopPolicy(
        mode=mode,
        gates=(GateRule(kind="no_worse", margin=0.05),),
        rollout=RolloutPlan(
            kind="all_at_once" if shares == (1.0,) else "canary",
            steps=shares,
            bake=chance.choice((timedelta(0), STEP, 2 * STEP)),
            max_wait=chance.choice((2 * HOUR, 5 * HOUR)),
            min_answers=chance.choice((1, 20)),
            margin=0.05,
            more_errors=0.05,
        ),
        cool_down=chance.choice((timedelta(0), HOUR, 3 * HOUR)),
        patience=chance.choice((HOUR, 2 * HOUR)),
        evaluation_share=chance.choice((0.3, 0.6)),
    )


def _triggers(chance: random.Random) -> tuple[TriggerRule, ...]:
    some = [
        TriggerRule(kind="outcomes", count=chance.choice((150, 300, 600))),
        TriggerRule(kind="drift", count=50),
        TriggerRule(kind="schedule", every=chance.choice((2 * HOUR, 6 * HOUR))),
    ]
    return tuple(chance.sample(some, chance.choice((1, 2, 3))))


def _target(chance: random.Random) -> TargetRule:
    if chance.random() < 0.6:
        return TargetRule(outcome="truth")
    return TargetRule(outcome="truth", within=chance.choice((HOUR, 2 * HOUR)), otherwise=0)


def _outcomes(chance: random.Random, steps: int) -> Outcomes:
    lost = (0, 0)
    if chance.random() < 0.3:
        begin = chance.randrange(steps)
        lost = (begin, begin + chance.choice((4, 16, 500)))
    return Outcomes(
        never=chance.choice((0.0, 0.1, 0.5)),
        delay=chance.choice((0.5, 3.0, 8.0)),
        wrong_first=chance.choice((0.0, 0.05)),
        twice=chance.choice((0.0, 0.1)),
        lost=lost,
    )


def _drifts(chance: random.Random, steps: int) -> tuple[Stretch, ...]:
    begins = sorted(chance.randrange(steps) for _ in range(chance.choice((0, 1, 2))))
    return tuple((begin, begin + chance.choice((2, 12, 500))) for begin in begins)


def _faults(chance: random.Random, steps: int) -> Faults:
    kind = chance.choice(("none", "crashes", "crashes", "schedulers", "machine", "everything"))
    everything = kind == "everything"
    jumps = [(chance.randrange(steps), chance.choice((-HOUR, HOUR))) for _ in range(chance.choice((1, 2)))]
    full = chance.randrange(steps)
    return Faults(
        crash=chance.choice((0.01, 0.05)) if kind == "crashes" or everything else 0.0,
        full_disk=(full, full + chance.choice((1, 5))) if kind == "machine" or everything else (0, 0),
        jumps=tuple(sorted(jumps)) if kind == "machine" or everything else (),
        schedulers=2 if kind == "schedulers" or everything else 1,
        interleaved=everything or (kind == "schedulers" and chance.random() < 0.5),
        shadows_lost=chance.choice((0.0, 0.2)) if kind == "machine" or everything else 0.0,
    )


SCENARIOS = {"drawn": drawn, "short": short}
