from dataclasses import replace
from datetime import timedelta

import pytest

from everloop.actions.deploy import DeployRequest, deploy
from everloop.actions.loop_tick import LoopTick
from everloop.actions.pause_loop import PauseRequest, pause_loop
from everloop.actions.publish import published_number
from everloop.actions.roll_back import RollBackRequest, roll_back
from everloop.actions.turn_loop import TurnRequest, turn_loop
from everloop.errors import Conflict, InvalidData
from everloop.jobs.leased import LeasedJobs
from everloop.loop.sight import News, Raised, Watched
from everloop.records.cycle import Cycle
from everloop.records.endpoint import VersionRef
from everloop.records.job import Job
from everloop.records.loop import LoopRecord, LoopStanding

ENOUGH = News(mature=1000)
CANDIDATE = VersionRef(model="churn", number=2)


def found(context, kind):
    with context.metadata.transaction() as transaction:
        return transaction.find(kind)


def test_a_loop_turns_once_for_one_piece_of_evidence(looped, world, tick):
    world.seen = News(mature=0, alerts=(Raised(mark="alert_1", detail="age has drifted"),))
    assert tick()
    (cycle,) = found(looped, Cycle)
    with looped.metadata.transaction() as transaction:
        transaction.replace(replace(cycle, state="closed", ending="refused"))
    assert not tick()
    assert found(looped, LoopStanding)[0].fired == ("alert_1",)


def test_triggers_that_fire_together_open_one_cycle(looped, world, tick):
    world.seen = News(mature=1000, alerts=(Raised(mark="a", detail="age"), Raised(mark="b", detail="sex")))
    assert tick()
    (cycle,) = found(looped, Cycle)
    assert [cause.kind for cause in cycle.causes] == ["outcomes", "drift", "drift"]


def test_somebody_who_pauses_between_the_look_and_the_turn_is_heard(looped, fresh, world):
    class Pausing:
        """Surroundings in which a person is quicker than the loop."""

        def news(self, context, loop):
            pause_loop(fresh(), PauseRequest(loop="keeper"))
            return ENOUGH

    ticking = LoopTick(
        lambda key: replace(fresh(), key=key), Pausing(), LeasedJobs(looped.metadata, looped.clock)
    )
    with pytest.raises(Conflict, match="no more reason to turn"):
        ticking.turn_endpoint("churn")
    assert ticking.tick() == 0, "the tick of all loops goes on"
    assert not found(looped, Cycle)


def test_a_step_is_given_out_as_one_job_however_often_it_is_looked_at(looped, put, tick):
    put(state="fitting")
    assert not tick()
    assert not tick()
    (job,) = found(looped, Job)
    assert (job.key, job.kind) == ("churn.1/3", "fit")
    assert job.payload == {"endpoint": "churn", "cycle": 1, "step": 3}


@pytest.mark.parametrize("error", [InvalidData("The ledger cannot be read."), ValueError("odd rows")])
def test_an_endpoint_that_cannot_be_looked_at_holds_up_no_other(looped, fresh, error, caplog):
    class Broken:
        def news(self, context, loop):
            raise error

    ticking = LoopTick(
        lambda key: replace(fresh(), key=key), Broken(), LeasedJobs(looped.metadata, looped.clock)
    )
    assert ticking.tick() == 0
    assert "the loop of churn could not be ticked" in caplog.text


def test_a_rollout_that_cannot_be_looked_at_ends_at_its_max_wait(looped, put, fresh, caplog):
    class Broken:
        def watch(self, context, cycle):
            raise ValueError("odd rows")

    now = looped.clock.now()
    put(state="rolling", rolling_since=now, candidate=CANDIDATE, candidates=(CANDIDATE,))
    ticking = LoopTick(
        lambda key: replace(fresh(), key=key), Broken(), LeasedJobs(looped.metadata, looped.clock)
    )
    assert ticking.tick() == 0
    looped.clock.advance(timedelta(days=7))
    assert ticking.tick() == 1
    (cycle,) = found(looped, Cycle)
    assert (cycle.state, cycle.ending) == ("reporting", "rolled_back")
    assert "could not be looked at" in caplog.text


def test_a_route_table_that_could_not_be_published_is_published_by_the_next_tick(looped, fresh, world):
    deploy(fresh(), DeployRequest(endpoint="churn", model="churn", version=2, override="newer"))
    newest = looped.layout.routes / "current.json"
    newest.write_bytes((looped.layout.routes / "1.json").read_bytes())  # as if the disk had been full
    assert published_number(looped.layout) == 1
    LoopTick(lambda key: replace(fresh(), key=key), world, LeasedJobs(looped.metadata, looped.clock)).tick()
    assert published_number(looped.layout) == 2


def test_a_rollback_of_the_champion_cools_the_loop_down(looped, fresh, world, tick):
    deploy(fresh(), DeployRequest(endpoint="churn", model="churn", version=2, override="newer"))
    roll_back(fresh(), RollBackRequest(endpoint="churn"))
    world.seen = ENOUGH
    assert not tick()
    looped.clock.advance(timedelta(hours=1))
    assert tick()


def test_a_loop_turned_by_hand_turns_although_it_is_paused_and_cools_down(looped, fresh, world):
    pause_loop(fresh(), PauseRequest(loop="keeper"))
    with looped.metadata.transaction() as transaction:
        standing = transaction.get(LoopStanding, "keeper")
        transaction.replace(replace(standing, cool_until=looped.clock.now() + timedelta(hours=1)))
    stepped = turn_loop(fresh(), TurnRequest(loop="keeper", reason="new rows"), world)
    (cycle,) = found(looped, Cycle)
    assert (stepped.cycle, cycle.causes[0].kind, cycle.causes[0].detail) == ("churn.1", "manual", "new rows")


def test_a_second_turn_while_one_is_open_is_refused(looped, fresh, world):
    turn_loop(fresh(), TurnRequest(loop="keeper"), world)
    with pytest.raises(Conflict, match=r"churn.1 is open at 'churn': pinning"):
        turn_loop(fresh(), TurnRequest(loop="keeper"), world)


def test_the_same_turn_sent_again_opens_no_other(looped, fresh, world):
    context = fresh()
    assert turn_loop(context, TurnRequest(loop="keeper"), world) == turn_loop(
        context, TurnRequest(loop="keeper"), world
    )
    assert len(found(looped, Cycle)) == 1


@pytest.mark.parametrize(
    ("rolling", "expected"),
    [(None, ["watch churn", "news admissions"]), (True, ["watch churn"]), (False, ["news admissions"])],
)
def test_rollouts_are_looked_at_before_news(looped, put, fresh, rolling, expected):
    looks = []

    class Listening:
        def watch(self, context, cycle):
            looks.append(f"watch {cycle.endpoint}")
            return Watched()

        def news(self, context, loop):
            looks.append(f"news {loop.endpoint}")
            return News(mature=0)

    deploy(fresh(), DeployRequest(endpoint="admissions", model="churn", version=1))
    with looped.metadata.transaction() as transaction:
        (declared,) = transaction.find(LoopRecord)
        transaction.add(replace(declared, name="admissions", endpoint="admissions"))
    put(state="rolling", rolling_since=looped.clock.now(), candidate=CANDIDATE, candidates=(CANDIDATE,))
    queue = LeasedJobs(looped.metadata, looped.clock)
    LoopTick(lambda key: replace(fresh(), key=key), Listening(), queue).tick(rolling=rolling)
    assert looks == expected
