from datetime import timedelta

import pytest

from everloop.errors import InvalidRequest
from everloop.loop.sizing import sized
from everloop.workspace.rehearsal_plan import plan_for


@pytest.mark.parametrize("rows", [700, 7_000, 17_000, 60_000, 200_000])
def test_a_tenth_of_the_rows_trains_first_and_the_others_turn_the_loop_some_times(rows):
    plan = plan_for(rows)
    assert plan.first == min(max(rows // 10, 100), 5000)
    assert plan.first + plan.replayed == rows
    assert 5 <= plan.replayed / plan.after_outcomes <= 7


@pytest.mark.parametrize(("rows", "spread"), [(6_000, None), (60_000, None), (60_000, 200.0)])
def test_truths_and_margin_are_those_of_a_new_project_with_the_rows_that_are_sent(rows, spread):
    plan = plan_for(rows, spread=spread)
    chosen = sized(plan.replayed, spread=spread)
    assert (plan.after_outcomes, plan.margin) == (chosen.after_outcomes, chosen.margin)


def test_a_short_past_turns_the_loop_more_often_than_it_can_prove_much():
    assert (plan_for(700).after_outcomes, plan_for(700).margin) == (100, 0.1)


def test_what_is_given_stays():
    plan = plan_for(
        1000, first=300, rate=7.5, outcome_delay=timedelta(hours=3), after_outcomes=50, margin=0.2, speed=60
    )
    assert (plan.first, plan.rate, plan.after_outcomes, plan.margin, plan.speed) == (300, 7.5, 50, 0.2, 60)
    assert plan.outcome_delay == timedelta(hours=3)


def test_who_waits_for_late_truths_waits_for_longer_than_they_take():
    plan = plan_for(1000, outcome_delay=timedelta(days=10))
    assert plan.patience == timedelta(days=40)
    assert plan.max_wait == timedelta(days=80)


@pytest.mark.parametrize(
    "given", [{"rows": 150}, {"rows": 1000, "first": 1000}, {"rows": 500, "after_outcomes": 450}]
)
def test_a_table_that_leaves_nothing_to_send_is_refused(given):
    with pytest.raises(InvalidRequest, match="left to send"):
        plan_for(**given)


def test_its_lines_name_the_options_and_leave_to_a_declared_loop_what_is_its_own():
    lines, declared = "\n".join(plan_for(1000).lines()), "\n".join(plan_for(1000).lines(declared=True))
    for option in ("--first", "--rate", "--outcome-delay", "--after", "--margin", "--speed"):
        assert option in lines
    assert "--margin" not in declared
    assert "--after)" not in declared
