from dataclasses import replace
from datetime import timedelta

import pytest

from everloop.actions.pause_loop import PauseRequest, pause_loop
from everloop.actions.queries.next_step import NextQuery, next_step
from everloop.actions.turn_loop import TurnRequest, turn_loop
from everloop.errors import NotFound
from everloop.jobs.leased import LeasedJobs
from everloop.loop.sight import News, Raised, Watched
from everloop.records.cycle import Cycle, Judged
from everloop.records.endpoint import VersionRef
from everloop.records.loop import LoopRecord, LoopStanding
from everloop.records.verdict import Verdict

CHURN = NextQuery(endpoint="churn")


def test_without_a_reason_every_trigger_says_what_it_waits_for(looped, world):
    world.seen = News(mature=120)
    found = next_step(looped, CHURN, world)
    assert (found.moves, found.working) == (False, False)
    assert found.lines() == [
        "churn: nothing to do: no trigger fires.",
        "  waits  outcomes: 120 of 500 new mature outcomes",
        "  waits  drift: no new alert",
        "  waits  schedule: its next time is in 1 d",
    ]


def test_with_a_reason_it_says_that_a_cycle_would_open_and_why(looped, world):
    world.seen = News(mature=512)
    found = next_step(looped, CHURN, world)
    assert found.moves
    assert found.says == "a cycle would open now: 512 new mature outcomes, 500 are asked for."
    assert [t.kind for t in found.triggers if t.fires] == ["outcomes"]


def test_many_alerts_are_told_in_brief(looped, world):
    world.seen = News(mature=0, alerts=tuple(Raised(mark=f"a{n}", detail=f"{n} moved.") for n in range(17)))
    assert next_step(looped, CHURN, world).says == "a cycle would open now: 0 moved; 1 moved; and 15 more."


def test_looking_changes_nothing(looped, world):
    world.seen = News(mature=512)
    next_step(looped, CHURN, world)
    with looped.metadata.transaction() as transaction:
        assert list(transaction.find(Cycle)) == []


def test_a_paused_loop_says_who_paused_it(looped, world, fresh):
    pause_loop(fresh(), PauseRequest(loop="keeper"))
    found = next_step(looped, CHURN, world)
    assert (found.held, found.moves) == ("it is paused: by ada", False)
    assert "nothing turns: it is paused: by ada." in found.says


def test_a_loop_that_cools_down_says_for_how_long(looped, world):
    until = looped.clock.now() + timedelta(minutes=30)
    with looped.metadata.transaction() as transaction:
        transaction.add(LoopStanding(name="keeper", cool_until=until))
    world.seen = News(mature=512)
    found = next_step(looped, CHURN, world)
    assert (found.held, found.until) == ("it cools down for 30 min more", until)


def test_an_endpoint_is_found_by_its_loops_name_too(looped, world):
    assert next_step(looped, NextQuery(endpoint="keeper"), world).endpoint == "churn"


def test_a_loop_before_its_first_deploy_says_what_to_do(looped, world):
    with looped.metadata.transaction() as transaction:
        other = transaction.get(LoopRecord, "keeper")
        transaction.add(replace(other, name="delay", endpoint="delay", model="delay"))
    found = next_step(looped, NextQuery(endpoint="delay"), world)
    assert "`everloop train delay`, then `everloop deploy delay@1 delay`" in found.says


def test_an_endpoint_without_a_loop_says_that_it_takes_a_person(answering, world):
    assert "everloop propose MODEL@V" in next_step(answering, CHURN, world).says


def test_an_unknown_name_names_those_there_are(looped, world):
    with pytest.raises(NotFound, match=r"no endpoint or loop 'chrn'.*Known: churn"):
        next_step(looped, NextQuery(endpoint="chrn"), world)


def test_work_that_is_to_be_done_or_under_way_is_told_apart_from_waiting(looped, world, fresh, tick):
    turn_loop(fresh(), TurnRequest(loop="churn"), world)
    found = next_step(looped, CHURN, world)
    assert (found.cycle, found.state, found.working, found.moves) == ("churn.1", "pinning", True, False)
    assert "next: put the ledger's mature rows into the dataset" in found.says
    tick()
    assert "The data is being pinned" in next_step(looped, CHURN, world).says
    assert next_step(looped, CHURN, world).working


def test_work_that_is_done_moves_next(looped, world, fresh, tick):
    turn_loop(fresh(), TurnRequest(loop="churn"), world)
    tick()
    queue = LeasedJobs(looped.metadata, looped.clock)
    job = queue.claim("test/1", timedelta(minutes=1))
    queue.finish(job.key, "test/1", {"version": 4, "evaluate_from": None, "detail": "churn@4: 120 rows"})
    found = next_step(looped, CHURN, world)
    assert (found.moves, found.working) == (True, False)
    assert "next: go on to the fit, because churn@4: 120 rows" in found.says


def test_gates_that_are_undecided_wait_for_rows(looped, world, put):
    candidate = VersionRef(model="churn", number=2)
    put(
        judged=(Judged(candidate=candidate, verdicts=()),),
        gated_rows=50,
        gated_more=2100,
        reason="too few rows.",
    )
    world.usable = 55
    found = next_step(looped, CHURN, world)
    assert (found.working, found.moves) == (False, False)
    assert (
        "too few rows; the gates look again at 70 mature rows, 55 are there, about 2,100 more would decide"
        in found.says
    )


def test_a_loop_that_is_paused_beside_an_open_cycle_says_so_too(looped, world, put, fresh):
    put(state="waiting", candidate=VersionRef(model="churn", number=2))
    pause_loop(fresh(), PauseRequest(loop="keeper", reason="holiday"))
    assert next_step(looped, CHURN, world).lines()[1] == (
        "  after this cycle nothing turns by itself: it is paused: holiday"
    )


def test_a_rollout_tells_its_share_and_its_verdicts_now(looped, world, put):
    now = looped.clock.now()
    candidate = VersionRef(model="churn", number=2)
    put(state="rolling", candidate=candidate, rolling_since=now, step=5)
    verdict = Verdict(
        policy="R1", name="errors", verdict="pass", reason="errors: 1 of 200 against 3 of 1800."
    )
    world.rollout = Watched(verdicts=(verdict,), answers=200)
    found = next_step(looped, CHURN, world)
    assert found.until == now + timedelta(minutes=10)
    assert found.lines() == [
        "churn: churn.1 is rolling: churn@2 has 10% of the traffic; churn@2 bakes at 10% of the traffic "
        "(until 2026-01-01 00:10:00 UTC).",
        "  errors: pass, 1 of 200 against 3 of 1800",
    ]
