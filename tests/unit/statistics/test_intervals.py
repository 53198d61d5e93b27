"""Intervals for one look against scipy and hand calculation."""

import numpy as np
import pytest
import scipy.stats

from everloop.statistics.intervals import clopper_pearson, mover, student, wilson

COUNTS = [(0, 1), (1, 1), (0, 20), (20, 20), (7, 20), (950, 1000), (1, 3)]


@pytest.mark.parametrize(("hits", "rows"), COUNTS)
@pytest.mark.parametrize(("interval", "method"), [(wilson, "wilson"), (clopper_pearson, "exact")])
def test_the_interval_of_a_share_is_scipys(interval, method, hits, rows):
    expected = scipy.stats.binomtest(hits, rows).proportion_ci(0.95, method=method)
    assert interval(hits, rows, 0.95) == pytest.approx((expected.low, expected.high))


def test_students_interval_is_scipys():
    values = [0.1, 0.4, 0.2, 5.0, 0.3]
    expected = scipy.stats.t.interval(0.9, 4, np.mean(values), scipy.stats.sem(values))
    assert student(values, 0.9) == pytest.approx(expected)


def test_a_mean_of_one_share_keeps_its_interval():
    assert mover([0.4], [(0.3, 0.6)]) == pytest.approx((0.3, 0.6))


def test_the_interval_of_a_mean_of_symmetric_intervals_is_the_normal_one():
    # half widths 0.3 and 0.4 add to 0.5, halved for the mean of two
    assert mover([0.2, 0.6], [(-0.1, 0.5), (0.2, 1.0)]) == pytest.approx((0.4 - 0.25, 0.4 + 0.25))


def test_without_rows_a_share_may_be_anything():
    assert wilson(0, 0, 0.95) == (0.0, 1.0)
