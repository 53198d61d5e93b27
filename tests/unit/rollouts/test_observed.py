"""What rows come to as counts: each worked out by hand."""

import math
from dataclasses import replace

import numpy as np
import pytest

from everloop.records.loop import RolloutPlan
from everloop.records.signature import Signature
from everloop.rollouts.watch import quality
from everloop.statistics.sequential.rate import Rate
from everloop.statistics.sequential.sign_counts import SignCounts

DAY = 24 * 3600
PLAN = RolloutPlan(steps=(0.1, 0.5))


def test_nothing_observed_is_nothing(rows):
    found = rows.observed()
    assert (found.stretches, found.answers, found.pending) == ((), (0, 0), 0)
    assert found.differences == SignCounts()


def test_differences_are_counted_on_rows_that_both_saw_and_whose_truth_is_known(rows):
    rows.answer("cat", "cat", "cat", times=5)
    rows.answer("cat", "dog", "dog", times=3)
    rows.answer("cat", "dog", "cat", by="candidate", times=2)
    rows.answer("cat", "dog", times=7)  # not known
    rows.answer("cat", "dog", "dog", seen=False, times=11)
    found = rows.observed()
    assert found.differences == SignCounts(worse=2, same=5, better=3)
    assert found.pending == 7


def test_rows_that_either_was_fitted_on_do_not_count_for_quality_and_the_reason_says_so(rows):
    rows.answer("cat", "dog", "dog", times=40, taught=True)
    rows.answer("cat", "dog", times=3, taught=True)  # not known
    rows.answer("cat", "dog", "cat", times=2)
    found = rows.observed()
    assert found.differences == SignCounts(worse=2)
    assert (
        "Outcomes that do not count: 40 are of rows that a version was fitted on"
        in quality(found, PLAN).reason
    )
    assert found.stretches[0].made.rows == 45, "what they answer is seen all the same"


@pytest.mark.parametrize("taught", [False, True])
def test_of_a_reaction_they_neither_set_the_level_nor_count(rows, taught):
    rows.answer("cat", "dog", "dog", by="candidate", share=0.5, times=60, taught=taught)
    rows.answer("cat", "dog", "dog", share=0.5, times=55)
    found = rows.observed(truth="reaction").differences
    assert found.rows == (55 if taught else 115) - 50


def test_a_version_that_fails_on_a_row_is_wrong_there(rows):
    rows.answer("cat", None, "cat", times=4)
    rows.answer(None, "cat", "cat", by="candidate")
    rows.answer(None, None, "cat")
    assert rows.observed().differences == SignCounts(worse=4, same=1, better=1)


def test_numbers_are_compared_by_how_far_they_are_off(rows):
    rows.answer(3.0, 5.0, 4.5)  # 1.5 and 0.5 off
    rows.answer(1.0, 4.0, 2.0)  # 1 and 2 off
    rows.answer(1.0, None, 2.0)
    found = rows.observed_numbers().differences
    assert (found.rows, found.mean) == (2, pytest.approx((1.0 - 1.0) / 2))
    squared = rows.observed_numbers(plan=RolloutPlan(metric="mse")).differences
    assert squared.mean == pytest.approx(((2.25 - 0.25) + (1 - 4)) / 2)


@pytest.mark.parametrize("metric", ["f1", "mae", "no such metric"])
def test_a_metric_that_is_no_mean_over_rows_leaves_quality_unjudged(rows, metric):
    rows.answer("cat", "dog", "dog", times=9)
    found = rows.observed(plan=RolloutPlan(metric=metric))
    assert found.differences.rows == 0
    assert metric in found.unjudged
    assert found.stretches[0].errors.candidate.rows == 9


@pytest.mark.parametrize(
    ("metric", "expected"),
    [
        ("log_loss", (math.log(0.9 / 0.6) + math.log(0.5 / 0.8)) / 2),
        ("brier", ((0.4**2 - 0.1**2) + (0.2**2 - 0.5**2)) / 2),
    ],
)
def test_probabilities_are_compared_by_what_they_gave_the_truth(rows, metric, expected):
    rows.answer("dog", "dog", "dog", chances=([0.4, 0.6], [0.1, 0.9]))
    rows.answer("cat", "cat", "cat", chances=([0.8, 0.2], [0.5, 0.5]))
    rows.answer("cat", None, "cat", chances=([0.8, 0.2], None))
    found = rows.observed(plan=RolloutPlan(metric=metric)).differences
    assert (found.rows, found.mean) == (2, pytest.approx(expected, abs=1e-6))


def test_a_truth_that_no_version_knows_is_no_evidence_that_they_are_alike(rows):
    rows.answer("cat", "dog", "cow")
    assert rows.observed().differences == SignCounts()


def test_errors_are_counted_for_both_on_every_request_that_they_saw(rows):
    rows.answer("cat", "cat", times=10)
    rows.answer("cat", None, times=3)
    rows.answer(None, "cat", by="candidate")
    rows.answer(None, None)
    rows.answer("cat", None, seen=False)
    (stretch,) = rows.observed().stretches
    assert stretch.errors.candidate == Rate(hits=4, rows=15)
    assert stretch.errors.champion == Rate(hits=2, rows=16)


def test_a_request_of_many_rows_fails_once(rows):
    rows.answer("cat", None, second=1, times=1000)
    rows.answer("cat", "cat", second=2)
    (stretch,) = rows.observed().stretches
    assert stretch.errors.candidate == Rate(hits=1, rows=2)


def test_requests_of_one_tick_are_told_apart_by_their_latency(rows):
    rows.answer("cat", None, second=1, latency=1.0, times=3)
    rows.answer("cat", "cat", second=1, latency=1.5, times=2)
    (stretch,) = rows.observed().stretches
    assert stretch.errors.candidate == Rate(hits=1, rows=2)


def test_requests_of_one_moment_are_told_apart_by_who_answered(rows):
    rows.answer("cat", None, second=1, times=3)
    rows.answer("cat", "cat", by="candidate", second=1, times=2)
    (stretch,) = rows.observed().stretches
    assert stretch.errors.candidate == Rate(hits=1, rows=2)


def test_latency_is_that_of_answers_a_request_at_a_time(rows):
    rows.answer("cat", "cat", second=0, latency=2.0, times=50)
    rows.answer("cat", "cat", second=1, latency=40.0, by="candidate")
    rows.answer("cat", None, second=2, latency=90.0, by="candidate")  # failed: no answer that was slow
    (stretch,) = rows.observed().stretches
    assert (stretch.champion_latency.rows, stretch.candidate_latency.rows) == (1, 1)
    assert stretch.champion_latency.at(0.5) == pytest.approx(2.0, rel=0.11)
    assert stretch.candidate_latency.at(0.5) == pytest.approx(40.0, rel=0.11)


def test_what_both_made_of_the_same_rows_is_a_table_of_classes(rows):
    rows.answer("cat", "cat", times=40).answer("dog", "dog", times=50).answer("dog", "cat", times=10)
    rows.answer("cat", None).answer("cat", "dog", seen=False)
    (stretch,) = rows.observed().stretches
    assert stretch.made.counts == ((40, 10), (0, 50))  # the candidate's class first
    assert stretch.made.mean == pytest.approx(0.1)


def test_numbers_are_put_into_tenths_of_what_the_champion_answered_first(rows):
    for value in range(100):
        rows.answer(float(value), float(value) + 1000)  # they make the bins and count no further
    for value in range(100):
        rows.answer(float(value), float(value) + 10)
    (stretch,) = rows.observed_numbers().stretches
    assert stretch.made.champion_counts.tolist() == pytest.approx([10] * 10, abs=1)
    assert stretch.made.candidate_counts.tolist() == pytest.approx([0, *[10] * 8, 20], abs=1)
    assert stretch.made.mean == pytest.approx(0.1, abs=0.01)


def test_many_classes_are_pooled(rows):
    signature_classes = tuple(f"c{n}" for n in range(50))
    for name in signature_classes:
        rows.answer(name, name)
    many = Signature(task="classification", target="y", columns=(), classes=signature_classes)
    (stretch,) = rows.observed(signature=many).stretches
    assert len(stretch.made.counts) == 20
    assert stretch.made.rows == 50
    assert stretch.made.mean == 0.0


def test_a_new_stretch_begins_with_a_step_and_with_a_day_and_keeps_its_number(rows):
    rows.answer("cat", "cat", second=0)
    rows.answer("cat", None, second=DAY + 1)
    before = rows.observed().stretches
    rows.answer("cat", "dog", second=DAY + 2, share=0.5)
    after = rows.observed().stretches
    assert [stretch.number for stretch in after] == [1, 2, 3]
    assert after[:2] == before


def test_candidates_answers_are_counted_for_each_step(rows):
    rows.answer("cat", "cat", by="candidate", times=3).answer("cat", "cat", times=9)
    rows.answer("cat", "cat", by="candidate", share=0.5, times=4)
    assert rows.observed().answers == (3, 4)
    assert rows.observed(plan=RolloutPlan(steps=(0.1, 0.5, 1.0))).answers == (3, 4, 0)


def test_the_effect_on_a_reaction_is_unbiased(rows, chance):
    """Callers of the candidate react in 60 %, of the champion in 50 %: the effect is 0.1 whatever the share."""
    for share in (0.1, 0.5):
        for _ in range(4000):
            by = "candidate" if chance.random() < share else "champion"
            truth = "cat" if chance.random() < (0.6 if by == "candidate" else 0.5) else "dog"
            rows.answer("cat", "cat", truth, by=by, share=share)
    effect = rows.observed(truth="reaction").differences
    assert effect.mean == pytest.approx(0.1, abs=4 * np.sqrt(0.25 / 0.09 / 8000))
    assert effect.lower(0.001) < 0.1 < effect.upper(0.001)


def test_of_a_reaction_only_the_answer_that_was_given_counts(rows):
    rows.answer("cat", "dog", "cat", times=50)  # give the centre: 1
    rows.answer("cat", "dog", "cat", share=0.5, times=10)
    rows.answer("cat", "dog", "cat", by="candidate", share=0.5, times=10)
    effect = rows.observed(truth="reaction").differences
    assert effect.rows == 20
    assert effect.mean == pytest.approx((10 * 0 + 10 * (0 - 1) / 0.5) / 20)


def test_a_caller_counts_once_by_its_first_answer(rows):
    rows.answer("cat", "cat", "cat", times=50)
    for caller in range(5):
        rows.answer("cat", "cat", "dog", key=f"{caller}", share=0.5)
        rows.answer("cat", "cat", "cat", key=f"{caller}", share=0.5, times=100)
    effect = rows.observed(truth="reaction").differences
    assert effect.rows == 5
    assert effect.mean == pytest.approx(2.0)  # - (0 - 1) / 0.5 each


def test_nothing_can_be_learned_of_a_reaction_once_all_are_answered_by_one(rows):
    rows.answer("cat", "cat", "cat", by="candidate", share=1.0, times=200)
    plan = replace(RolloutPlan(), kind="all_at_once", steps=(1.0,))
    assert rows.observed(truth="reaction", plan=plan).differences.rows == 0


def test_reactions_in_numbers_are_weighed_by_their_chance(rows, chance):
    for _ in range(4000):
        own = chance.random() < 0.3
        truth = chance.normal(10.0, 1.0)
        rows.answer(truth + 2.0, truth + 1.0, truth, by="candidate" if own else "champion", share=0.3)
    effect = rows.observed_numbers(truth="reaction").differences
    assert effect.mean == pytest.approx(1.0, abs=0.2)  # one less off
    assert effect.lower(0.01) > 0.5
