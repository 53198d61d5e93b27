"""The simulator notices: each of these faults was planted in the loop's own code, and a seed breaks an invariant."""

from contextlib import suppress
from dataclasses import replace

import numpy as np
import pytest

from everloop.actions import cycles, loop_tick, open_proposal, propose, roll_back, step_cycle
from everloop.loop import next_action, opening, rolling
from everloop.loop.decision import Move, Wait
from everloop.testing.simulator import surroundings
from everloop.testing.simulator.blinded import Unseen
from everloop.testing.simulator.drawn import creeping, creeping_reactions, short
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


def an_old_look_will_do(monkeypatch):
    last = {}

    def watched(self, context, cycle):
        with suppress(Unseen):
            last[cycle.id] = self.surroundings.watch(context, cycle)
        return last.get(cycle.id, loop_tick.Watched())

    monkeypatch.setattr(loop_tick.LoopTick, "_watched", watched)


def one_look_stops_all(monkeypatch):
    monkeypatch.setattr(loop_tick.LoopTick, "_endpoint", loop_tick.LoopTick.turn_endpoint)


def publish_at_once_or_never(monkeypatch):
    monkeypatch.setattr(loop_tick, "publish_newest", lambda layout, metadata: 0)


def spend_the_margin_again(monkeypatch):
    monkeypatch.setattr(surroundings, "plan_of", lambda context, cycle: cycle.policy.rollout)


def anchor_whoever_is_promoted(monkeypatch):
    promoted = step_cycle.promoted
    monkeypatch.setattr(
        step_cycle, "promoted", lambda endpoint, version, better: promoted(endpoint, version, better=True)
    )


def anchor_who_recovers(monkeypatch):
    monkeypatch.setattr(step_cycle, "beats_anchor", lambda judged, candidate: True)


def keep_the_anchor_in_a_rollback(monkeypatch):
    go_back = roll_back.go_back

    def kept(endpoint):
        changed, champion = go_back(endpoint)
        return replace(changed, anchor=endpoint.anchor), champion

    monkeypatch.setattr(roll_back, "go_back", kept)


def judge_against_the_champion_alone(monkeypatch):
    gate_verdict = surroundings.gate_verdict
    monkeypatch.setattr(
        surroundings,
        "gate_verdict",
        lambda *args, **named: gate_verdict(*args, **named | {"against": "the champion"}),
    )


def push_aside_unasked(monkeypatch):
    opened = propose.open_proposal
    monkeypatch.setattr(
        propose, "open_proposal", lambda *args, **named: opened(*args, **named | {"replaces": True})
    )


def propose_beside(monkeypatch):
    monkeypatch.setattr(open_proposal, "on_its_way", lambda transaction, endpoint: None)


def busy(seed):
    scenario = short(seed)
    policy = replace(scenario.policy, cool_down=3 * HOUR)
    return replace(scenario, policy=policy, steps=24, people=0.6, faults=BUSY)


def blind(seed):
    return replace(short(seed), steps=16, faults=Faults(blind=0.4))


def full(seed):
    return replace(short(seed), steps=16, faults=Faults(unpublished=(3, 9)))


def meddling(seed):
    return replace(short(seed), steps=32, gains=(0.1,), defects=("",), people=0.5)


def recovering(seed):
    return replace(creeping(seed), gains=(-0.06, 0.06))


def visited(seed):
    return replace(short(seed), steps=16, visits=tuple(range(20, 120, 7)))


def paused(seed):
    return replace(short(seed), steps=6, visits=(seed,), visitors=("pause",))


PLANTED = {
    turn_without_a_second_look: (paused, "was opened while the loop"),
    use_what_is_not_known_yet: (busy, "have their truth"),
    promote_untested: (busy, "promoted without its quality being known"),
    never_held: (busy, "was opened while the loop"),
    fire_again: (busy, "evidence that had opened"),
    forget_the_route: (busy, "the route of churn is"),
    open_beside: (busy, "are open at churn"),
    promote_too_late: (busy, "after the longest wait"),
    an_old_look_will_do: (blind, "promoted on what was seen at another moment"),
    one_look_stops_all: (blind, "a look that raised stopped the whole tick"),
    publish_at_once_or_never: (full, "workers follow route table"),
    spend_the_margin_again: (creeping_reactions, "promoted as no worse than churn@"),
    anchor_whoever_is_promoted: (creeping, "is the anchor of churn, it should be"),
    anchor_who_recovers: (recovering, "is the anchor of churn, it should be"),
    keep_the_anchor_in_a_rollback: (meddling, "is the anchor of churn, it should be"),
    judge_against_the_champion_alone: (creeping, "promoted without being held to the anchor"),
    push_aside_unasked: (visited, "was moved out of its way unasked"),
    propose_beside: (visited, "are open at churn"),
}


@pytest.mark.parametrize("plant", PLANTED, ids=lambda plant: plant.__name__)
def test_a_planted_fault_is_noticed(monkeypatch, plant):
    plant(monkeypatch)
    scenario, told = PLANTED[plant]
    with pytest.raises(InvariantBroken, match=told) as broken:
        for seed in range(80):
            simulate(seed, scenario(seed))
    assert "again: python -m everloop.testing.simulator" in str(broken.value)


def test_an_effect_that_is_doubled_by_a_crash_is_noticed(monkeypatch):
    monkeypatch.setattr(loop_tick, "step_key", lambda cycle: loop_tick.new_id("key"))
    monkeypatch.setattr("everloop.actions.loop_work.step_key", lambda cycle: loop_tick.new_id("everloop:x"))
    with pytest.raises(InvariantBroken, match="ends otherwise than undisturbed"):
        for point in range(1, 120):
            compare(37, replace(short(37), faults=Faults(crash_at=point)))
