from math import log

import numpy as np
import pytest
from scipy import stats

from everloop.statistics.drift import psi

CHANCE = np.random.default_rng(3)


@pytest.mark.parametrize(
    ("reference", "current", "expected"),
    [
        ([50, 50], [50, 50], 0.0),
        ([90, 10], [50, 50], 0.4 * log(9 / 5) + 0.4 * log(5)),  # by hand
        ([30, 70], [300, 700], 0.0),
    ],
)
def test_the_index_follows_its_definition(reference, current, expected):
    assert psi.psi(reference, current) == pytest.approx(expected, abs=1e-12)


def test_one_empty_bin_in_a_hundred_rows_is_not_drift():
    assert psi.psi([99, 1], [100, 0]) < 0.05


def test_bins_that_are_empty_on_both_sides_count_for_nothing():
    assert psi.psi([40, 0, 60], [10, 0, 10]) == pytest.approx(psi.psi([40, 60], [10, 10]))
    assert psi.bias([40, 0, 60], [10, 0, 10]) == psi.bias([40, 60], [10, 10])


def test_the_bias_is_the_mean_index_of_samples_of_one_population():
    shares = np.full(10, 0.1)
    found = [psi.psi(CHANCE.multinomial(2000, shares), CHANCE.multinomial(1000, shares)) for _ in range(2000)]
    assert np.mean(found) == pytest.approx(psi.bias(np.full(10, 200), np.full(10, 100)), rel=0.05)


def test_a_single_bin_has_nothing_to_tell():
    assert psi.psi([7], [9]) == 0.0
    assert psi.interval([7], [9]) == (0.0, 0.0)


@pytest.mark.parametrize("tilt", [0.0, 0.02, 0.05, 0.09])
@pytest.mark.parametrize("rows", [(1500, 150), (1500, 3000)])
def test_the_interval_holds_the_populations_index(tilt, rows):
    before = np.full(10, 0.1)
    after = before + tilt * np.linspace(-1, 1, 10)
    truth = float(((after - before) * np.log(after / before)).sum())
    held = 0
    for _ in range(300):
        low, high = psi.interval(CHANCE.multinomial(rows[0], before), CHANCE.multinomial(rows[1], after))
        held += low <= truth <= high
    assert held >= stats.binom.ppf(1e-4, 300, 0.95)
