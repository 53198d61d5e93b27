"""The bootstrap against scipy's, and what it does on its edges."""

import numpy as np
import pytest
import scipy.stats

from everloop.statistics.bootstrap import bca


def mean_of(values):
    return lambda weights: weights @ values / weights.sum(axis=1)


def test_the_interval_is_scipys_up_to_chance():
    values = np.random.default_rng(1).exponential(1.0, 60)
    expected = scipy.stats.bootstrap(
        (values,), np.mean, n_resamples=20_000, method="BCa", rng=np.random.default_rng(2)
    ).confidence_interval
    found = bca(mean_of(values), np.ones(60), draws=10_000)
    assert found == pytest.approx((expected.low, expected.high), abs=0.02)


def test_kinds_with_counts_are_rows_that_are_alike():
    kinds, counts = np.array([0.0, 1.0]), np.array([30.0, 70.0])
    rows = np.repeat(kinds, counts.astype(int))
    by_kind = bca(mean_of(kinds), counts, draws=10_000)
    assert by_kind == pytest.approx(
        bca(mean_of(rows), np.ones(100), draws=10_000), abs=0.011
    )  # a row is 0.01


def test_the_same_seed_gives_the_same_interval():
    values = np.arange(30.0)
    assert bca(mean_of(values), np.ones(30), seed=5) == bca(mean_of(values), np.ones(30), seed=5)
    assert bca(mean_of(values), np.ones(30), seed=5) != bca(mean_of(values), np.ones(30), seed=6)


def test_what_does_not_vary_has_an_interval_without_width():
    assert bca(mean_of(np.full(10, 3.0)), np.ones(10)) == (3.0, 3.0)


def test_nineteen_of_twenty_intervals_hold_the_mean_of_a_skewed_world():
    chance = np.random.default_rng(4)
    held = 0
    for _ in range(150):
        low, high = bca(mean_of(chance.exponential(1.0, 80)), np.ones(80), draws=400)
        held += low <= 1.0 <= high
    assert 0.89 < held / 150 < 0.99


def test_draws_on_which_nothing_is_defined_do_not_count():
    def share_of_first(weights):
        with np.errstate(invalid="ignore", divide="ignore"):
            return weights[:, 0] / (weights[:, 0] + weights[:, 1])

    low, high = bca(share_of_first, np.array([2.0, 2.0, 60.0]))
    assert 0.0 <= low < 0.5 < high <= 1.0
