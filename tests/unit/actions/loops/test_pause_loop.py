from dataclasses import replace
from datetime import timedelta

import pytest

from everloop.actions.cycles import keep_standing
from everloop.actions.pause_loop import PauseRequest, ResumeRequest, pause_loop, resume_loop
from everloop.errors import NotFound
from everloop.loop.sight import News
from everloop.records.cycle import Cycle
from everloop.records.event import Event
from everloop.records.loop import LoopStanding

ENOUGH = News(mature=1000)


def cycles_of(context):
    with context.metadata.transaction() as transaction:
        return transaction.find(Cycle)


def test_a_paused_loop_does_not_turn_by_itself(looped, fresh, world, tick):
    world.seen = ENOUGH
    assert pause_loop(fresh(), PauseRequest(loop="keeper", reason="holidays")).paused == "holidays"
    assert not tick()
    assert not cycles_of(looped)


def test_a_resumed_loop_turns_again(looped, fresh, world, tick):
    world.seen = ENOUGH
    pause_loop(fresh(), PauseRequest(loop="keeper"))
    resume_loop(fresh(), ResumeRequest(loop="churn"))  # by the endpoint's name too
    assert tick()
    assert [c.causes[0].kind for c in cycles_of(looped)] == ["outcomes"]


def test_a_pause_leaves_an_open_cycle_alone(looped, fresh, put, tick):
    put(state="reporting", ending="refused")
    pause_loop(fresh(), PauseRequest(loop="keeper"))
    before = cycles_of(looped)
    tick()
    assert cycles_of(looped) == before


def test_resuming_ends_the_cooling_down(looped, fresh, world, tick):
    world.seen = ENOUGH
    with looped.metadata.transaction() as transaction:
        until = looped.clock.now() + timedelta(hours=1)
        keep_standing(transaction, replace(LoopStanding(name="keeper"), cool_until=until))
    assert not tick()
    resume_loop(fresh(), ResumeRequest(loop="keeper"))
    assert tick()


def test_what_changes_nothing_is_not_told_and_not_kept(looped, fresh):
    resume_loop(fresh(), ResumeRequest(loop="keeper"))
    with looped.metadata.transaction() as transaction:
        assert not transaction.find(Event, action="resume_loop")
        assert transaction.get(LoopStanding, "keeper") is None


def test_an_unknown_loop_is_named_beside_those_there_are(looped, fresh):
    with pytest.raises(NotFound, match=r"no loop 'spam'.*Known: keeper"):
        pause_loop(fresh(), PauseRequest(loop="spam"))
