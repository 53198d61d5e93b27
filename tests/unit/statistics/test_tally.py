import numpy as np
import pytest
from scipy import stats

from everloop.statistics.tally import Tally, chance_of_so_few, chance_of_so_much, tally


def test_tallies_add_up_to_the_tally_of_all():
    scores = np.arange(10.0)
    together = tally(scores[:4]).plus(tally(scores[4:]))
    assert together == tally(scores)
    assert together.mean == 4.5


@pytest.mark.parametrize(
    ("right", "rows", "rate"), [(120, 150, 0.9), (0, 10, 0.5), (10, 10, 0.5), (135, 150, 0.9)]
)
def test_so_few_right_answers_are_as_rare_as_the_binomial_says(right, rows, rate):
    found = chance_of_so_few(Tally(rows=rows, total=right, squares=right), rate)
    assert found == pytest.approx(stats.binom.cdf(right, rows, rate))


def test_so_large_errors_are_as_rare_as_students_test_says():
    errors = np.random.default_rng(1).exponential(2.0, 60)
    expected = stats.ttest_1samp(errors, 1.5, alternative="greater").pvalue
    assert chance_of_so_much(tally(errors), 1.5) == pytest.approx(expected)


def test_too_little_tells_nothing():
    assert chance_of_so_few(Tally(), 0.9) == 1.0
    assert chance_of_so_few(Tally(rows=5), 0.0) == 1.0
    assert chance_of_so_much(tally([3.0]), 1.0) == 1.0


def test_errors_without_spread_are_beyond_or_not():
    assert chance_of_so_much(tally([2.0, 2.0]), 1.0) == 0.0
    assert chance_of_so_much(tally([2.0, 2.0]), 3.0) == 1.0
