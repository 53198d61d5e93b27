"""What a seed stands for: scenarios drawn by chance, and some that are made for one question."""

import random
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Literal

from everloop.records.loop import GateRule, LoopPolicy, Mode, RolloutPlan, TriggerRule
from everloop.records.target import TargetRule
from everloop.testing.simulator.scenario import (
    DEFECTS,
    HOUR,
    ORDERS,
    PROPOSALS,
    STEP,
    Faults,
    Outcomes,
    Scenario,
    Stretch,
)


def drawn(seed: int) -> Scenario:
    """The scenario of a seed."""
    chance = random.Random(f"{seed}/scenario")
    steps = chance.choice((24, 32, 48))
    target = _target(chance)
    return Scenario(
        seed=seed,
        name="drawn",
        policy=_policy(chance),
        triggers=_triggers(chance),
        target=target,
        endpoints=chance.choice((1, 1, 1, 1, 2)),
        steps=steps,
        rows=chance.choice((30, 60, 90) if target.truth == "fixed" else (90, 180, 270)),
        rivals=chance.choice((0, 1, 1, 2)),
        outcomes=_outcomes(chance, steps),
        drifts=_drifts(chance, steps),
        flapping=chance.random() < 0.3,
        people=chance.choice((0.0, 0.0, 0.1, 0.3)),
        visits=_visits(chance),
        visitors=chance.choice((PROPOSALS, PROPOSALS, ORDERS)),
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
        defects=DEFECTS[:8],
    )


def creeping(seed: int, truth: Literal["fixed", "reaction"] = "fixed") -> Scenario:
    """Retrain after retrain is a little worse than the one before, and each by less than half a margin."""
    scenario = short(seed)
    policy = scenario.policy
    policy = replace(
        policy,
        gates=(GateRule(kind="no_worse", margin=0.1),),
        rollout=replace(policy.rollout, margin=0.1, bake=timedelta(0)),
    )
    return replace(
        scenario,
        name="creeping" if truth == "fixed" else "creeping_reactions",
        policy=policy,
        target=replace(scenario.target, truth=truth),
        steps=40,
        rows=600 if truth == "fixed" else 1500,
        gains=(-0.04,),
        defects=("",),
    )


def creeping_reactions(seed: int) -> Scenario:
    """The same where truth is a reaction."""
    return creeping(seed, "reaction")


def defective(seed: int, defect: str) -> Scenario:
    """Every refit is as good as the champion, and has a defect that no gate sees; the truth comes hours later."""
    scenario = short(seed)
    rollout = replace(scenario.policy.rollout, bake=HOUR)
    return replace(
        scenario,
        name=f"defective_{defect.replace(' ', '_')}",
        policy=replace(scenario.policy, rollout=rollout),
        target=TargetRule(outcome="truth", within=3 * HOUR, otherwise=0),
        steps=24,
        gains=(0.0,),
        defects=(defect,),
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
    truth: Literal["fixed", "reaction"] = chance.choice(("fixed", "fixed", "fixed", "reaction"))
    if chance.random() < 0.6:
        return TargetRule(outcome="truth", truth=truth)
    return TargetRule(outcome="truth", within=chance.choice((HOUR, 2 * HOUR)), otherwise=0, truth=truth)


def _visits(chance: random.Random) -> tuple[int, ...]:
    """Most of the time none, so that crashes can be compared with a world without them."""
    if chance.random() < 0.7:
        return ()
    return tuple(sorted(chance.sample(range(1, 600), chance.choice((1, 3, 8)))))


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
    kind = chance.choice(
        ("none", "crashes", "crashes", "schedulers", "machine", "files", "looks", "everything")
    )
    everything = kind == "everything"
    jumps = [(chance.randrange(steps), chance.choice((-HOUR, HOUR))) for _ in range(chance.choice((1, 2)))]
    full, unpublished, unseen = (chance.randrange(steps) for _ in range(3))
    return Faults(
        crash=chance.choice((0.01, 0.05)) if kind == "crashes" or everything else 0.0,
        full_disk=(full, full + chance.choice((1, 5))) if kind == "machine" or everything else (0, 0),
        unpublished=(unpublished, unpublished + chance.choice((1, 5, 12)))
        if kind == "files" or everything
        else (0, 0),
        blind=chance.choice((0.05, 0.3)) if kind == "looks" or everything else 0.0,
        unseen=(unseen, unseen + chance.choice((4, 12, 500))) if kind == "looks" else (0, 0),
        jumps=tuple(sorted(jumps)) if kind == "machine" or everything else (),
        schedulers=2 if kind == "schedulers" or everything else 1,
        interleaved=everything or (kind == "schedulers" and chance.random() < 0.5),
        shadows_lost=chance.choice((0.0, 0.2)) if kind == "machine" or everything else 0.0,
    )


SCENARIOS: Mapping[str, Callable[[int], Scenario]] = {
    "drawn": drawn,
    "short": short,
    "creeping": creeping,
    "creeping_reactions": creeping_reactions,
    **{f"defective_{name.replace(' ', '_')}": partial(defective, defect=name) for name in DEFECTS if name},
}
