"""The candidate's lead at moments of a rollout."""

from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pytest

from everloop.evidence.policies.no_worse import NoWorse
from everloop.records.loop import RolloutPlan
from everloop.records.signature import Signature
from everloop.records.target import TargetRule
from everloop.rollouts.lead import lead
from everloop.rollouts.observed import Judged
from everloop.statistics.sequential.sign_counts import SignCounts

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
CLASSES = Signature(task="classification", target="y", columns=(), classes=("cat", "dog"))
NUMBERS = Signature(task="regression", target="y", columns=())
POLICY = NoWorse(margin=0.1)


def leads(rows, signature=CLASSES, *, truth="fixed", points=60):
    table = rows.table() if signature is CLASSES else rows.table(kind=pa.float64())
    judged = Judged.of_rows(
        table,
        RolloutPlan(steps=(0.1, 0.5)),
        TargetRule(outcome="y", truth=truth),
        (signature, signature),
        NOON,
    )
    return list(lead(table, judged, POLICY, points=points))


def test_each_moment_has_the_truths_that_were_known_by_then(rows):
    rows.answer("cat", "dog", "dog").answer("cat", "dog").answer("cat", "dog", "cat").answer(
        "cat", "cat", "cat"
    )
    expected = [SignCounts(better=1), SignCounts(better=1, worse=1), SignCounts(better=1, worse=1, same=1)]
    found = leads(rows)
    assert [at for at, _ in found] == [NOON + timedelta(seconds=n) for n in (0, 2, 3)]
    assert [verdict for _, verdict in found] == [POLICY.judge(one, name="quality") for one in expected]


def test_of_more_truths_than_points_some_moments_are_shown_the_first_and_the_last_among_them(rows):
    rows.answer("cat", "dog", "dog", times=1000)
    found = leads(rows, points=10)
    assert [verdict.rows for _, verdict in found] == [1, 112, 223, 334, 445, 556, 667, 778, 889, 1000]


def test_numbers_are_measured(rows):
    rows.answer(3.0, 5.0, 4.5).answer(1.0, 4.0, 2.0)
    means = [verdict.value for _, verdict in leads(rows, NUMBERS)]
    assert means == [pytest.approx(1.0), pytest.approx((1.0 - 1.0) / 2)]


def test_of_a_reaction_nothing_is_led_until_the_level_is_known(rows):
    rows.answer("cat", "dog", "dog", by="candidate", share=0.5, times=30)
    rows.answer("cat", "dog", "dog", share=0.5, times=30)
    found = leads(rows, truth="reaction")
    assert [verdict.rows for _, verdict in found] == [0] * 50 + list(range(1, 11))


def test_a_rollout_of_which_no_truth_is_known_has_no_lead(rows):
    assert leads(rows.answer("cat", "dog", times=9)) == []
