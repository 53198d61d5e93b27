"""Rows of two versions that do not know the same classes, and outcomes of any value: worked out by hand."""

import math

import numpy as np
import pyarrow as pa
import pytest

from everloop.records.loop import RolloutPlan
from everloop.records.signature import Signature
from everloop.rollouts.watch import quality
from everloop.statistics.sequential.sign_counts import SignCounts


def knowing(*classes):
    return Signature(task="classification", target="y", columns=(), classes=classes)


def test_a_class_that_only_the_candidate_knows_can_be_right(rows):
    rows.answer("cat", "cow", "cow", times=4).answer("dog", "cow", "dog", times=3)
    found = rows.observed(candidate=knowing("cat", "cow", "dog"))
    assert found.differences == SignCounts(better=4, worse=3)


@pytest.mark.parametrize(
    ("metric", "expected"),
    [
        # the champion gave the cow nothing: a least chance of 1e-15, and squares over all three classes
        ("log_loss", (math.log(0.7 / 1e-15) + math.log(0.2 / 0.6)) / 2),
        ("brier", ((0.36 + 0.16 + 1 - 0.04 - 0.09 - 0.01) + (0.16 + 0.16 - 0.64 - 0.25 - 0.09)) / 2),
    ],
)
def test_a_candidate_of_more_classes_is_compared_in_all_of_them(rows, metric, expected):
    rows.answer("cat", "cow", "cow", chances=([0.6, 0.4], [0.2, 0.7, 0.1]))
    rows.answer("cat", "cow", "cat", chances=([0.6, 0.4], [0.2, 0.5, 0.3]))
    found = rows.observed(plan=RolloutPlan(metric=metric), candidate=knowing("cat", "cow", "dog"))
    assert (found.differences.rows, found.differences.mean) == (2, pytest.approx(expected, abs=1e-6))


def test_as_many_classes_of_another_name_lose_what_they_do_not_know(rows):
    rows.answer("dog", "cow", "dog", times=200, chances=([0.1, 0.9], [0.1, 0.9]))
    plan = RolloutPlan(metric="log_loss")
    found = rows.observed(plan=plan, candidate=knowing("cat", "cow"))
    assert found.differences.mean == pytest.approx(math.log(1e-15 / 0.9))
    assert quality(found, plan).verdict == "fail"
    (stretch,) = found.stretches
    assert stretch.made.mean == pytest.approx(1.0)  # every answer moved


@pytest.mark.parametrize("metric", ["log_loss", "brier"])
def test_the_order_of_the_candidates_classes_is_its_own(rows, metric):
    rows.answer("dog", "dog", "dog", chances=([0.2, 0.8], [0.8, 0.2]))
    found = rows.observed(plan=RolloutPlan(metric=metric), candidate=knowing("dog", "cat")).differences
    assert found.mean == pytest.approx(0.0, abs=1e-6)


@pytest.mark.parametrize(
    ("kind", "shown", "champion", "candidate"),
    [
        (pa.string(), ("0", "1"), (0, 1), ("1", "0")),
        (pa.float64(), (0.0, 1.0), (0, 1), ("1", "0")),
        (pa.int64(), (0, 1), (False, True), (1, 0)),
        (pa.bool_(), (False, True), (False, True), (1, 0)),
        (pa.string(), ("false", "true"), (False, True), ("true", "false")),
    ],
)
def test_classes_that_are_written_in_other_types_are_the_same_ones(rows, kind, shown, champion, candidate):
    no, yes = shown
    rows.answer(yes, yes, yes, chances=([0.2, 0.8], [0.8, 0.2]))
    rows.answer(no, yes, no, chances=([0.9, 0.1], [0.9, 0.1]))
    both = {"signature": knowing(*champion), "candidate": knowing(*candidate), "kind": kind}
    assert rows.observed(**both).differences == SignCounts(same=1, worse=1)
    surprise = rows.observed(**both, plan=RolloutPlan(metric="log_loss")).differences
    assert surprise.mean == pytest.approx(math.log(0.1 / 0.9) / 2, abs=1e-6)


def test_classes_that_are_no_whole_numbers_are_read_while_only_whole_ones_came(rows):
    rows.answer(1, 2, 1)
    found = rows.observed(signature=knowing(0.5, 1, 2), kind=pa.int64())
    assert found.differences == SignCounts(worse=1)


def test_probabilities_that_do_not_fit_the_classes_score_worst(rows):
    rows.answer("dog", "dog", "dog", chances=([0.5, 0.5], [0.1, 0.2, 0.7]))
    rows.answer("cat", "cat", "cat", chances=([0.5, 0.5], None))
    found = rows.observed(plan=RolloutPlan(metric="brier")).differences
    assert (found.rows, found.mean) == (2, pytest.approx(0.25 - 1.0))


def test_a_truth_of_a_class_that_nobody_knows_is_told_where_chances_are_compared(rows):
    rows.answer("cat", "cat", "cow", chances=([0.5, 0.5], [0.5, 0.5]))
    rows.answer("cat", "cat", "cat", chances=([0.5, 0.5], [0.5, 0.5]))
    plan = RolloutPlan(metric="log_loss")
    found = rows.observed(plan=plan)
    assert found.differences.rows == 1
    assert (
        "Outcomes that do not count: 1 are classes that neither version knows" in quality(found, plan).reason
    )


@pytest.mark.parametrize("truth", ["fixed", "reaction"])
@pytest.mark.parametrize("metric", ["mae", "mse", "mape"])
def test_no_value_of_an_outcome_breaks_a_rollout_of_numbers(rows, truth, metric):
    odd = ["n/a", "NaN", "-inf", "1e999", "1e39", ""]
    for value in odd:
        rows.answer("1.5", "2.5", value, share=0.5)
    rows.answer("1.5", "nan", "2", share=0.5)
    rows.answer("1", "3", "2.0", share=0.5, times=120)
    rows.answer("0", "0", "3.4e38", share=0.5).answer("0", "0", "-0.0", share=0.5).answer(
        "1", "0", "1e-300", share=0.5
    )
    plan = RolloutPlan(metric=metric)
    found = rows.observed(
        signature=Signature(task="regression", target="y", columns=()),
        truth=truth,
        plan=plan,
        kind=pa.string(),
    )
    assert found.left_out == f"outcomes that do not count: {len(odd)} are no numbers"
    verdict = quality(found, plan)
    assert verdict.reason.endswith("are no numbers.")
    assert verdict.rows > 50
    assert np.isfinite(verdict.value)
    assert found.stretches[0].made.rows > 0


def test_the_other_rows_count_as_if_the_odd_one_had_never_come(rows):
    rows.answer("3.0", "5.0", "4.5").answer("1", "4", "2")
    rows.answer("1", "4", "n/a")
    found = rows.observed(signature=Signature(task="regression", target="y", columns=()), kind=pa.string())
    assert (found.differences.rows, found.differences.mean) == (2, pytest.approx((1.0 - 1.0) / 2))
