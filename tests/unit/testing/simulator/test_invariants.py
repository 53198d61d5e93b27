"""The simulator notices: each of these faults was planted in the loop's own code, and a seed breaks an invariant."""

from dataclasses import replace

import numpy as np
import pytest

from everloop.actions import cycles, loop_tick, step_cycle
from everloop.loop import next_action, opening, rolling
from everloop.loop.decision import Move, Wait
from everloop.testing.simulator.drawn import short
from everloop.testing.simulator.history import InvariantBroken
from everloop.testing.simulator.scenario import HOUR, Faults
from everloop.testing.simulator.simulate import compare, simulate
from everloop.testing.simulator.site import Site

BUSY = Faults(schedulers=2, interleaved=True)


def promote_untested(monkeypatch):
    monkeypatch.setattr(rolling, "quality_of", lambda verdicts: replace(verdicts[0], verdict="pass"))


def promote_too_late(monkeypatch):
    decide = rolling.next_in_rollout

    def late(cycle, watched, now):
        decision = decide(cycle, watched, now)
        if isinstance(decision, Move) and decision.action == "promote":
            return Wait(why="late") if now < cycle.rolling_since + 5 * HOUR else decision
        if isinstance(decision, Move) and "undecided after" in decision.why:
            return rolling._promoted(cycle, watched, "late", now)
        return decision

    monkeypatch.setattr(next_action, "next_in_rollout", late)


def never_held(monkeypatch):
    monkeypatch.setattr(loop_tick, "held", lambda standing, now: "")


def fire_again(monkeypatch):
    used = opening.used
    monkeypatch.setattr(
        cycles, "used", lambda standing, *rest: replace(used(standing, *rest), turned_at=standing.turned_at)
    )


def forget_the_route(monkeypatch):
    stays = step_cycle.newest_number
    monkeypatch.setattr(
        step_cycle, "_redirect", lambda context, transaction, endpoint, move: stays(transaction)
    )


def open_beside(monkeypatch):
    monkeypatch.setattr(cycles, "_require_none_open", lambda transaction, endpoint: None)


def turn_without_a_second_look(monkeypatch):
    def begin(context, transaction, name, news):
        loop, standing = loop_tick.loop_named(transaction, name), loop_tick.standing_of(transaction, name)
        found = loop_tick.causes(loop, standing, news, context.clock.now())
        return loop_tick._begin(context, transaction, name, found, news)

    monkeypatch.setattr(loop_tick, "_begin_by_itself", begin)


def use_what_is_not_known_yet(monkeypatch):
    monkeypatch.setattr(Site, "mature", lambda site, now: np.ones(site.rows, dtype=bool))


FAULTS = {
    turn_without_a_second_look: "was opened while the loop",
    use_what_is_not_known_yet: "have their truth",
    promote_untested: "promoted without its quality being known",
    never_held: "was opened while the loop",
    fire_again: "evidence that had opened",
    forget_the_route: "the route of churn is",
    open_beside: "are open at churn",
    promote_too_late: "after the longest wait",
}


SEEDS = {turn_without_a_second_look: range(260, 340)}  # a rare moment: begin near one that shows it


def busy(seed):
    scenario = short(seed)
    policy = replace(scenario.policy, cool_down=3 * HOUR)
    return replace(scenario, policy=policy, steps=24, people=0.6, faults=BUSY)


@pytest.mark.parametrize("plant", FAULTS, ids=lambda plant: plant.__name__)
def test_a_planted_fault_is_noticed(monkeypatch, plant):
    plant(monkeypatch)
    with pytest.raises(InvariantBroken, match=FAULTS[plant]) as broken:
        for seed in SEEDS.get(plant, range(80, 160)):
            simulate(seed, busy(seed))
    assert "again: python -m everloop.testing.simulator" in str(broken.value)


def test_an_effect_that_is_doubled_by_a_crash_is_noticed(monkeypatch):
    monkeypatch.setattr(loop_tick, "step_key", lambda cycle: loop_tick.new_id("key"))
    monkeypatch.setattr("everloop.actions.loop_work.step_key", lambda cycle: loop_tick.new_id("everloop:x"))
    with pytest.raises(InvariantBroken, match="ends otherwise than undisturbed"):
        for point in range(1, 120):
            compare(37, replace(short(37), faults=Faults(crash_at=point)))
