import re
from dataclasses import replace
from datetime import timedelta

import pytest

from everloop.records.actor import Actor
from everloop.records.loop import LoopPolicy, RolloutPlan
from everloop.web.parts.quality import quality_part
from everloop.web.parts.rollout import rollout_part, steps


def way(cycle) -> str:
    """Its steps, each with the first letter of its state: `Data-d` is done."""
    return " ".join(f"{step.name}-{step.state[0]}" for step in steps(cycle))


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        ("pinning", "Data-n Fit-t Gates-t Approval-t 10%-t 50%-t 100%-t"),
        ("judging", "Data-d Fit-d Gates-n Approval-t 10%-t 50%-t 100%-t"),
        ("waiting", "Data-d Fit-d Gates-d Approval-n 10%-t 50%-t 100%-t"),
        ("promoted", "Data-d Fit-d Gates-d Approval-d 10%-d 50%-d 100%-d"),
        ("refused", "Data-d Fit-d Gates-f"),
        ("rolled_back", "Data-d Fit-d Gates-d Approval-d 10%-f"),
    ],
)
def test_the_way_shows_what_is_done_where_it_is_and_what_is_to_come(state, expected, seen_in):
    assert way(seen_in(state).cycle) == expected


@pytest.mark.parametrize(("stage", "expected"), [(0, "10%-n 50%-t 100%-t"), (1, "10%-d 50%-n 100%-t")])
def test_a_rollout_shows_its_share(stage, expected, seen_in):
    cycle = replace(seen_in("rolling").cycle, stage=stage, approved=Actor(kind="person", name="ada"))
    assert way(cycle) == f"Data-d Fit-d Gates-d {expected}"


def test_who_acts_by_itself_asks_nobody(seen_in):
    cycle = replace(seen_in("judging").cycle, policy=LoopPolicy(mode="act"))
    assert "Approval" not in way(cycle)


def test_a_proposal_begins_at_its_gates(seen_in):
    assert way(replace(seen_in("judging").cycle, dataset="")).startswith("Gates-n")


def test_all_at_once_has_one_step(seen_in):
    plan = RolloutPlan(kind="all_at_once", steps=(1.0,), bake=timedelta(minutes=1))
    cycle = replace(seen_in("rolling").cycle, policy=LoopPolicy(mode="act", rollout=plan))
    assert way(cycle) == "Data-d Fit-d Gates-d 100%-n"


def test_who_was_promoted_and_answers_is_good_news(seen_in):
    told = str(rollout_part(seen_in("promoted")))
    assert 'class="pill good"' in told
    assert "answers no more" not in told


def test_who_was_promoted_and_then_rolled_back_is_told_to_answer_no_more(seen_in):
    seen = seen_in("promoted")
    told = str(rollout_part(replace(seen, status=replace(seen.status, champion="churn@2"))))
    assert 'class="pill good"' not in told
    assert "It answers no more" in told


def test_quality_tells_the_newest_window_and_the_whole(seen_in):
    told = re.sub(r"<[^>]+>", "", str(quality_part(seen_in("watching"))))
    assert "on the newest 50 answers; 84" in told
    assert "on the 1,234 of churn@2 that are drawn here" in told
