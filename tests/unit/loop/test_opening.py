from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from everloop.loop.opening import REMEMBERED, causes, held, missing, used
from everloop.loop.sight import News, Raised
from everloop.records.loop import LoopPolicy, LoopRecord, LoopStanding, TriggerRule
from everloop.records.target import TargetRule

START = datetime(2026, 1, 1, 12, tzinfo=UTC)
OUTCOMES = TriggerRule(kind="outcomes", count=500)
DRIFT = TriggerRule(kind="drift", count=50)
DAILY = TriggerRule(kind="schedule", every=timedelta(days=1))
LOOP = LoopRecord(
    name="churn",
    endpoint="churn",
    model="churn",
    dataset="churn",
    target=TargetRule(outcome="Churn"),
    recipes=(),
    policy=LoopPolicy(),
    triggers=(OUTCOMES, DRIFT, DAILY),
    audit_share=0.0,
    declared_at=START,
)
FRESH = LoopStanding(name="churn")
ALERT = Raised(mark="alert_1", detail="age has drifted")


@pytest.mark.parametrize(
    ("standing", "news", "at", "kinds"),
    [
        (FRESH, News(mature=499), START, []),
        (FRESH, News(mature=500), START, ["outcomes"]),
        (replace(FRESH, outcomes_used=100), News(mature=599), START, []),
        (replace(FRESH, outcomes_used=100), News(mature=600), START, ["outcomes"]),
        (replace(FRESH, outcomes_used=600), News(mature=100), START, []),  # a clock went back
        (FRESH, News(mature=49, alerts=(ALERT,)), START, []),  # nothing to learn of it yet
        (FRESH, News(mature=50, alerts=(ALERT,)), START, ["drift"]),
        (replace(FRESH, fired=("alert_1",)), News(mature=50, alerts=(ALERT,)), START, []),
        (FRESH, News(mature=0), START + timedelta(hours=23), []),
        (FRESH, News(mature=0), START + timedelta(days=1), ["schedule"]),
        (
            replace(FRESH, turned_at=START + timedelta(hours=1)),
            News(mature=0),
            START + timedelta(days=1),
            [],
        ),
        (
            FRESH,
            News(mature=500, alerts=(ALERT,)),
            START + timedelta(days=1),
            ["outcomes", "drift", "schedule"],
        ),
    ],
)
def test_what_fires(standing, news, at, kinds):
    assert [cause.kind for cause in causes(LOOP, standing, news, at)] == kinds


def test_a_loop_without_triggers_never_turns_by_itself():
    loop = replace(LOOP, triggers=())
    assert causes(loop, FRESH, News(mature=10_000, alerts=(ALERT,)), START + timedelta(days=99)) == ()


def test_what_has_fired_does_not_fire_again():
    news, now = News(mature=500, alerts=(ALERT,)), START + timedelta(days=1)
    standing = used(FRESH, causes(LOOP, FRESH, news, now), news, now)
    assert causes(LOOP, standing, news, now) == ()
    assert (standing.turned_at, standing.outcomes_used, standing.fired) == (now, 500, ("alert_1",))


def test_a_cycle_opened_by_hand_uses_up_the_outcomes_but_no_alert():
    news = News(mature=700, alerts=(ALERT,))
    standing = used(FRESH, (), news, START)
    later = replace(news, mature=750)
    assert causes(LOOP, standing, news, START) == ()
    assert [c.kind for c in causes(LOOP, standing, later, START)] == ["drift"]


def test_outcomes_that_were_used_stay_used_where_a_clock_that_was_set_back_makes_fewer_mature():
    """Found by the simulator, seed 6215: turned by hand meanwhile, the same outcomes opened a second cycle."""
    now = START + timedelta(hours=1)
    standing = used(FRESH, (), News(mature=700), START)
    standing = used(standing, (), News(mature=500), START - timedelta(hours=1))
    assert not [c for c in causes(LOOP, standing, News(mature=700), now) if c.kind == "outcomes"]


def test_the_marks_that_are_remembered_are_bounded():
    full = replace(FRESH, fired=tuple(f"alert_{n}" for n in range(REMEMBERED)))
    news = News(mature=50, alerts=(Raised(mark="new", detail=""),))
    fired = used(full, causes(LOOP, full, news, START), news, START).fired
    assert len(fired) == REMEMBERED
    assert fired[-1] == "new"


def test_a_paused_loop_is_held_and_says_why():
    assert held(replace(FRESH, paused="holidays"), START) == "it is paused: holidays"


def test_a_loop_that_cools_down_is_held_until_then():
    cooling = replace(FRESH, cool_until=START + timedelta(hours=2))
    assert held(cooling, START) == "it cools down for 2 h more"
    assert held(cooling, START + timedelta(hours=2)) == ""


@pytest.mark.parametrize(
    ("rule", "says"),
    [
        (OUTCOMES, "120 of 500 new mature outcomes"),
        (DRIFT, "no new alert"),
        (DAILY, "its next time is in 18 h"),
    ],
)
def test_a_trigger_says_what_it_waits_for(rule, says):
    standing = replace(FRESH, outcomes_used=30)
    assert missing(rule, LOOP, standing, News(mature=150), START + timedelta(hours=6)) == says
