"""Intervals for one look against scipy and hand calculation."""

import numpy as np
import pytest
import scipy.stats

from everloop.statistics.intervals import clopper_pearson, difference, mover, paired_shares, student, wilson

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


def test_four_rows_that_all_speak_for_one_side_prove_nothing_and_ten_do():
    # the sign test's p-values: 2 / 2**4 and 2 / 2**10
    assert paired_shares(4, 0, 1000, 0.95)[0] < 0
    assert paired_shares(10, 0, 1000, 0.95)[0] > 0


def test_sides_that_change_places_mirror_the_interval_of_a_paired_difference():
    low, high = paired_shares(30, 12, 500, 0.95)
    assert paired_shares(12, 30, 500, 0.95) == pytest.approx((-high, -low))


def test_the_interval_of_a_paired_difference_holds_the_true_one_in_about_95_of_100_samples():
    chance, rows = np.random.default_rng(3), 400
    won, lost, _ = chance.multinomial(rows, [0.06, 0.04, 0.9], size=4000).T
    found = [paired_shares(int(w), int(b), rows, 0.95) for w, b in zip(won, lost, strict=True)]
    held = np.mean([low <= 0.02 <= high for low, high in found])
    assert held == pytest.approx(0.95, abs=0.015)


def test_the_difference_of_two_symmetric_intervals_is_the_normal_one():
    assert difference(0.6, (0.3, 0.9), 0.2, (-0.2, 0.6)) == pytest.approx((0.4 - 0.5, 0.4 + 0.5))
