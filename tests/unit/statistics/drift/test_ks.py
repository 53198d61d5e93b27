from statistics import NormalDist

import numpy as np
import pytest
from scipy import stats

from everloop.statistics.drift import ks

CHANCE = np.random.default_rng(7)


def _normal(rows):
    return CHANCE.normal(size=rows)


def _ties(rows):
    return np.round(CHANCE.normal(0, 2, size=rows))


def _mostly_zero(rows):
    return CHANCE.poisson(0.3, rows).astype(float)


@pytest.mark.parametrize("draw", [_normal, _ties, _mostly_zero])
@pytest.mark.parametrize(("before", "after"), [(1, 1), (3, 200), (200, 3), (150, 150), (20, 2000)])
def test_the_distance_is_scipys(draw, before, after):
    for _ in range(20):
        reference, current = draw(before), draw(after) + 0.3
        expected = stats.ks_2samp(reference, current).statistic
        found = ks.distance(ks.sorted_sample(reference), np.sort(current))
        assert found == pytest.approx(expected, abs=1e-12)


def test_two_constant_columns_are_alike_or_as_far_apart_as_can_be():
    reference = ks.sorted_sample(np.full(50, 3.0))
    assert ks.distance(reference, np.full(20, 3.0)) == 0.0
    assert ks.distance(reference, np.full(20, 3.1)) == 1.0
    assert ks.distance(reference, np.full(20, 2.9)) == 1.0


@pytest.mark.parametrize("rows", [(8, 8), (20, 50), (150, 600)])
@pytest.mark.parametrize("step", [0.2, 0.4, 0.6, 0.9])
def test_the_chance_is_never_smaller_than_the_exact_one(rows, step):
    before, after = rows
    reference = np.arange(before) / before
    current = np.sort(np.arange(after) / after + step)
    exact = stats.ks_2samp(reference, current, method="exact")
    assert ks.p_value(exact.statistic, before, after) >= exact.pvalue * (1 - 1e-9)


@pytest.mark.parametrize("draw", [_normal, _ties, _mostly_zero])
def test_alike_samples_are_refuted_no_more_often_than_stated(draw):
    found = np.array(
        [
            ks.p_value(ks.distance(ks.sorted_sample(draw(300)), np.sort(draw(100))), 300, 100)
            for _ in range(1500)
        ]
    )
    for alpha in (0.1, 0.01):
        assert (found <= alpha).sum() <= stats.binom.ppf(1 - 1e-5, len(found), alpha)


def test_the_interval_holds_the_populations_distance():
    shift = 0.5
    truth = 2 * NormalDist().cdf(shift / 2) - 1
    held = 0
    for _ in range(400):
        found = ks.distance(ks.sorted_sample(_normal(400)), np.sort(_normal(150) + shift))
        low, high = ks.interval(found, 400, 150)
        held += low <= truth <= high
    assert held >= stats.binom.ppf(1e-5, 400, 0.95)
