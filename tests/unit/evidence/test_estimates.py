"""Estimates against scipy, hand calculation and repeated sampling."""

import numpy as np
import pyarrow as pa
import pytest
import scipy.stats

from everloop.evidence.estimates import accuracy, mean_absolute_error, proportion


@pytest.mark.parametrize(
    ("successes", "rows"), [(0, 1), (1, 1), (0, 20), (20, 20), (7, 20), (950, 1000), (1, 3)]
)
@pytest.mark.parametrize("level", [0.9, 0.95, 0.99])
def test_the_interval_of_a_share_is_wilsons(successes, rows, level):
    expected = scipy.stats.binomtest(successes, rows).proportion_ci(level, method="wilson")
    found = proportion(successes, rows, "accuracy", level=level)
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high))


def test_the_interval_of_eight_out_of_ten_by_hand():
    found = accuracy([1] * 10, [1] * 8 + [0] * 2)
    assert found is not None
    # z = 1.959964: centre (0.8 + 0.192073) / 1.384146, half width 1.959964 / 1.384146 * sqrt(0.016 + 0.0096036)
    assert (found.value, found.rows) == (0.8, 10)
    assert (found.low, found.high) == pytest.approx((0.490162, 0.943318), abs=1e-6)


@pytest.mark.parametrize("errors", [[0.0, 0.0], [1.0, 3.0], [0.1, 0.4, 0.2, 5.0, 0.3], list(range(200))])
def test_the_interval_of_a_mean_error_is_students(errors):
    signs = np.resize([1.0, -1.0], len(errors))
    found = mean_absolute_error(np.asarray(errors) * signs, np.zeros(len(errors)))
    assert found is not None
    spread = scipy.stats.sem(errors)
    low, high = scipy.stats.t.interval(0.95, len(errors) - 1, np.mean(errors), spread) if spread else (0, 0)
    assert found.value == pytest.approx(np.mean(errors))
    assert (found.low, found.high) == pytest.approx((max(0, low), high))


def test_nineteen_of_twenty_intervals_hold_the_true_accuracy():
    chance = np.random.default_rng(3)
    successes = chance.binomial(200, 0.9, size=2000)
    found = [proportion(int(s), 200, "accuracy") for s in successes]
    held = np.mean([estimate.low <= 0.9 <= estimate.high for estimate in found])
    assert 0.93 < held < 0.97


@pytest.mark.parametrize("measure", [accuracy, mean_absolute_error])
@pytest.mark.parametrize("empty", [([], []), ([None], [1.0]), ([1.0], [float("nan")])])
def test_no_rows_give_no_number(measure, empty):
    assert measure(*empty) is None


def test_one_row_has_an_accuracy_but_no_mean_error():
    assert mean_absolute_error([1.0], [2.0]) is None
    assert accuracy([1.0], [1.0]) is not None


def test_rows_without_answer_or_truth_do_not_count():
    found = accuracy(["a", None, "b", "c"], ["a", "b", None, "d"])
    assert found is not None
    assert (found.value, found.rows) == (0.5, 2)


@pytest.mark.parametrize(
    ("answers", "truth", "expected"),
    [
        (pa.array([1, 2, None]), pa.array([1, 3, 3]), 0.5),
        (pa.chunked_array([["a"], ["b", None]]), pa.chunked_array([["a", "c", "d"]]), 0.5),
        (pa.array([True, False, None]), pa.array([True, True, True]), 0.5),
        (pa.array([0.5, 1.5]), pa.array([0.5, 2.5]), 0.5),
    ],
)
def test_arrow_columns_are_taken_as_they_are(answers, truth, expected):
    found = accuracy(answers, truth)
    assert found is not None
    assert found.value == expected
