from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from everloop.actions.publish import published_number
from everloop.actions.step_cycle import step_cycle, step_key
from everloop.errors import Conflict
from everloop.loop.decision import Move
from everloop.loop.next_action import approved_move, ended
from everloop.records.cycle import Cause, Cycle
from everloop.records.endpoint import Endpoint, VersionRef
from everloop.records.event import Event
from everloop.records.loop import LoopStanding
from everloop.records.routes import RouteTable
from everloop.records.verdict import Verdict

CANDIDATE = VersionRef(model="churn", number=2)
DRIFT = Cause(kind="drift", at=datetime(2026, 1, 1, tzinfo=UTC), detail="age has drifted", mark="alert_1")


def quality(low: float) -> Verdict:
    return Verdict(
        policy="G001", name="quality", verdict="pass", reason="shown", value=0.02, low=low, rows=90
    )


def promotion(cycle: Cycle, low: float) -> Move:
    won = replace(cycle, step=cycle.step + 1, state="reporting", ending="promoted", watched=(quality(low),))
    return Move(action="promote", cycle=won, why="shown", traffic="promote")


def newest(context, kind):
    with context.metadata.transaction() as transaction:
        return transaction.find(kind, newest=1)[0]


@pytest.fixture
def rolling(looped, put):
    return put(state="rolling", candidate=CANDIDATE, rolling_since=looped.clock.now())


@pytest.fixture
def step(fresh):
    return lambda before, move: step_cycle(replace(fresh(), key=step_key(before)), before, move)


def test_a_rollout_begins_with_a_route_in_which_both_shadow(looped, put, step):
    waiting = put(state="waiting", candidate=CANDIDATE)
    step(waiting, approved_move(waiting, looped.clock.now(), "approved"))
    route = newest(looped, RouteTable).route("churn")
    assert [(v.name, v.version, v.share) for v in route.variants] == [
        ("champion", 1, 0.9),
        ("candidate", 2, 0.1),
    ]
    assert [v.name for v in route.shadows] == ["champion", "candidate"]
    assert route.rollout == "churn.1"
    assert published_number(looped.layout) == newest(looped, RouteTable).number


def test_a_promotion_moves_cycle_champion_route_and_event_together(looped, rolling, step):
    stepped = step(rolling, promotion(rolling, low=0.0))
    endpoint, event = newest(looped, Endpoint), newest(looped, Event)
    assert (endpoint.champion, endpoint.history) == (CANDIDATE, (VersionRef(model="churn", number=1),))
    assert [v.version for v in newest(looped, RouteTable).route("churn").variants] == [2]
    assert newest(looped, Cycle).ending == "promoted"
    assert (event.action, event.key) == ("promote", "everloop:cycle-churn.1/3")
    assert event.before["champion"] == "churn@1"
    assert event.after["champion"] == "churn@2"
    assert event.after["route_table"] == stepped.route_table
    assert event.evidence["rollout"][0]["policy"] == "G001"


@pytest.mark.parametrize(("low", "anchor"), [(0.001, 2), (0.0, 1), (-0.005, 1)])
def test_only_a_candidate_shown_better_becomes_the_anchor(looped, rolling, step, low, anchor):
    step(rolling, promotion(rolling, low))
    assert newest(looped, Endpoint).anchor.number == anchor


def test_a_step_taken_again_changes_nothing_and_answers_the_same(looped, rolling, step):
    move = promotion(rolling, low=0.0)
    assert step(rolling, move) == step(rolling, move)
    assert newest(looped, Endpoint).history == (VersionRef(model="churn", number=1),)
    with looped.metadata.transaction() as transaction:
        assert len(transaction.find(Event, action="promote")) == 1


def test_a_step_of_a_cycle_that_has_moved_meanwhile_is_refused(looped, rolling, step):
    back = ended(rolling, "rolled_back", "too slow", looped.clock.now())
    step(rolling, back)
    seen_before = replace(rolling, step=9)
    with pytest.raises(Conflict, match="has moved meanwhile"):
        step(seen_before, promotion(seen_before, low=0.0))


def test_a_promotion_past_another_champion_is_refused_whole(looped, rolling, step):
    endpoint = newest(looped, Endpoint)
    with looped.metadata.transaction() as transaction:
        transaction.replace(replace(endpoint, champion=VersionRef(model="churn", number=3)))
    with pytest.raises(Conflict, match="churn@3 answers"):
        step(rolling, promotion(rolling, low=0.0))
    assert newest(looped, Cycle) == rolling


def test_a_rollback_gives_the_champion_all_of_the_traffic(looped, rolling, step):
    step(rolling, ended(rolling, "rolled_back", "too slow", looped.clock.now()))
    route = newest(looped, RouteTable).route("churn")
    assert [(v.version, v.share) for v in route.variants] == [(1, 1.0)]
    assert route.shadows == ()


@pytest.mark.parametrize(
    ("ending", "cools"),
    [
        ("rolled_back", True),
        ("refused", True),
        ("failed", True),
        ("cancelled", False),
        ("nothing_new", False),
    ],
)
def test_a_refusal_a_rollback_and_a_failure_cool_the_loop_down(looped, put, step, ending, cools):
    judging = put(causes=(DRIFT,))
    step(judging, ended(judging, ending, "so be it", looped.clock.now()))
    with looped.metadata.transaction() as transaction:
        standing = transaction.get(LoopStanding, "keeper")
    expected = looped.clock.now() + timedelta(hours=1) if cools else None
    assert (standing.cool_until if standing else None) == expected


def test_what_a_person_turned_cools_nothing_down(looped, put, step):
    judging = put(causes=(replace(DRIFT, kind="manual", mark=""),))
    step(judging, ended(judging, "refused", "so be it", looped.clock.now()))
    with looped.metadata.transaction() as transaction:
        assert transaction.get(LoopStanding, "keeper") is None


def test_closing_the_report_does_not_cool_down_again(looped, put, step):
    reporting = put(state="reporting", ending="refused", causes=(DRIFT,))
    closed = replace(reporting, step=4, state="closed")
    step(reporting, Move(action="close_cycle", cycle=closed, why="refused"))
    with looped.metadata.transaction() as transaction:
        assert transaction.get(LoopStanding, "keeper") is None
