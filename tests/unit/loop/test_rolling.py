from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from everloop.loop.decision import Move, Wait
from everloop.loop.rolling import next_in_rollout, quality_of
from everloop.loop.sight import Watched
from everloop.records.endpoint import VersionRef

START = datetime(2026, 1, 1, 12, tzinfo=UTC)
BAKED = START + timedelta(minutes=10)
OVER = START + timedelta(hours=5)
CANDIDATE = VersionRef(model="churn", number=2)


@pytest.fixture
def rolling(cycle):
    return lambda stage, **changes: cycle(
        "rolling", stage=stage, candidate=CANDIDATE, rolling_since=START, **changes
    )


def seen(*verdicts, answers=20):
    return Watched(verdicts=verdicts, answers=answers)


@pytest.mark.parametrize(
    ("stage", "quality", "answers", "now", "action"),
    [
        (0, "pass", 20, BAKED - timedelta(seconds=1), None),  # it bakes
        (0, "pass", 19, BAKED, None),  # too few answers
        (0, "undecided", 20, BAKED, "widen_rollout"),
        (0, "pass", 20, BAKED, "widen_rollout"),  # no step is left out
        (1, "undecided", 20, BAKED, None),
        (1, "pass", 19, BAKED, None),
        (1, "pass", 20, BAKED, "promote"),
        (1, "fail", 20, BAKED, "roll_back_candidate"),
        (0, "fail", 0, START, "roll_back_candidate"),  # at once
        (1, "undecided", 20, OVER, "roll_back_candidate"),
        (1, "pass", 20, OVER, "roll_back_candidate"),  # nothing pending then is promoted
        (1, "pass", 20, OVER - timedelta(seconds=1), "promote"),
    ],
)
def test_a_rollout_goes_on_ends_or_waits(rolling, verdict, stage, quality, answers, now, action):
    decision = next_in_rollout(rolling(stage), seen(verdict(quality), answers=answers), now)
    assert (decision.action if isinstance(decision, Move) else None) == action


def test_a_guardrail_that_fails_takes_the_candidate_back_although_its_quality_has_passed(rolling, verdict):
    watched = seen(verdict("pass"), verdict("fail", "G003", "errors"))
    move = next_in_rollout(rolling(1), watched, BAKED)
    assert (move.action, move.traffic, move.cycle.ending) == ("roll_back_candidate", "back", "rolled_back")
    assert move.why.startswith("errors: ")
    assert move.cycle.watched == watched.verdicts


@pytest.mark.parametrize(
    ("low", "high", "words"),
    [
        (0.01, 0.05, "better than the champion: +0.03 [+0.01, +0.05] on 100 rows"),
        (
            -0.008,
            0.05,
            "no change shown, and no worse than the champion by 0.01: +0.03 [-0.008, +0.05] on 100 rows",
        ),
    ],
)
def test_a_promotion_says_whether_it_changes_anything(rolling, verdict, low, high, words):
    passed = replace(verdict("pass"), value=0.03, low=low, high=high)
    assert next_in_rollout(rolling(1), seen(passed), BAKED).why == words


def test_without_a_verdict_on_quality_nothing_is_promoted(rolling, verdict):
    guardrails = seen(verdict("pass", "G003", "errors"), verdict("pass", "G004", "latency"))
    assert isinstance(next_in_rollout(rolling(1), guardrails, BAKED), Wait)
    assert next_in_rollout(rolling(1), guardrails, OVER).cycle.ending == "rolled_back"


def test_widening_takes_the_next_share_and_bakes_again(rolling, verdict):
    move = next_in_rollout(rolling(0), seen(verdict("undecided")), BAKED)
    assert (move.cycle.stage, move.traffic, move.cycle.step) == (1, "share", 4)
    assert move.cycle.moved_at == BAKED
    assert move.cycle.rolling_since == START, "the longest wait counts from the first step"


def test_a_clock_that_went_back_makes_it_wait_and_nothing_else(rolling, verdict):
    assert isinstance(next_in_rollout(rolling(1), seen(verdict("pass")), START - timedelta(hours=1)), Wait)


def test_quality_is_known_by_its_policy_whatever_its_name(verdict):
    quality = verdict("pass", "G001", "something else")
    assert quality_of((verdict("fail", "G003"), quality)) == quality
    assert quality_of((verdict("fail", "G003"),)) is None


def test_the_reason_names_what_failed_once_and_the_errors_beside_it(rolling, verdict):
    worse = replace(verdict("fail"), reason="quality: it is worse.")
    errors = replace(verdict("undecided", "G003", "errors"), value=0.2, reason="errors: 20% of 60 requests.")
    move = next_in_rollout(rolling(0), seen(worse, errors), START)
    assert move.why == "quality: it is worse; errors: 20% of 60 requests"
    move = next_in_rollout(rolling(0), seen(worse, replace(errors, value=0.0)), START)
    assert move.why == "quality: it is worse"
