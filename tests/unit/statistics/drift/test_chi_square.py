import numpy as np
import pytest
from scipy import stats

from everloop.statistics.drift import chi_square

CHANCE = np.random.default_rng(11)


@pytest.mark.parametrize(
    ("reference", "current"), [([50, 50], [30, 10]), ([900, 80, 20], [100, 15, 5]), ([5, 0, 9], [1, 0, 4])]
)
def test_the_statistic_is_scipys(reference, current):
    filled = np.array([reference, current])[:, np.add(reference, current) > 0]
    expected = stats.chi2_contingency(filled, correction=False).statistic
    assert chi_square.statistic(reference, current) == pytest.approx(expected)


def test_rare_cells_are_put_together():
    before, after = chi_square.pooled([880, 60, 30, 20, 10], [88, 6, 3, 2, 1])
    assert before.tolist() == [880, 60, 60]
    assert after.tolist() == [88, 6, 6]


def test_what_has_no_cell_of_its_own_goes_to_the_rare_ones():
    before, after = chi_square.pooled([500, 490, 10, 0], [50, 40, 0, 60], rest=True)
    assert before.tolist() == [500, 490, 10]
    assert after.tolist() == [50, 40, 60]


def test_what_stays_rare_together_goes_to_the_smallest_other_cell():
    before, after = chi_square.pooled([900, 95, 5], [90, 10, 0])
    assert (before.tolist(), after.tolist()) == ([900, 100], [90, 10])


def test_a_column_of_one_cell_cannot_differ():
    assert chi_square.p_value([70], [30]) == 1.0
    assert chi_square.p_value([70, 0], [30, 0]) == 1.0


def test_the_chance_is_no_smaller_than_the_chi_square_distributions():
    reference, current = np.array([500, 300, 200]), np.array([80, 60, 60])
    expected = stats.chi2_contingency([reference, current], correction=False).pvalue
    assert chi_square.p_value(reference, current) >= expected


@pytest.mark.parametrize(
    "weights",
    [np.array([0.97, 0.02, 0.01]), 1 / np.arange(1, 41), np.ones(300)],
    ids=["rare", "long tail", "hundreds"],
)
def test_alike_samples_are_refuted_no_more_often_than_stated(weights):
    shares, found = weights / weights.sum(), []
    for _ in range(1000):
        before, after = CHANCE.multinomial(600, shares), CHANCE.multinomial(150, shares)
        seen = before > 0
        cells = np.append(before[seen], 0), np.append(after[seen], after[~seen].sum())
        found.append(chi_square.p_value(*chi_square.pooled(*cells, rest=True)))
    for alpha in (0.1, 0.01, 0.001):
        assert (np.array(found) <= alpha).sum() <= stats.binom.ppf(1 - 1e-5, len(found), alpha)


def test_a_cell_that_is_far_more_frequent_is_seen_in_150_rows():
    assert chi_square.p_value([1000, 300, 200], [40, 30, 80]) < 1e-12
