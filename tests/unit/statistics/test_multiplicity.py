"""Multiplicity against scipy, textbook examples and simulation."""

import numpy as np
import pytest
import scipy.stats

from everloop.statistics.multiplicity import (
    benjamini_hochberg,
    benjamini_yekutieli,
    e_benjamini_hochberg,
    holm,
)

# The fifteen p-values of Benjamini and Hochberg 1995, section 3.2: their procedure rejects four, Bonferroni's three
PAPER = [
    0.0001,
    0.0004,
    0.0019,
    0.0095,
    0.0201,
    0.0278,
    0.0298,
    0.0344,
    0.0459,
    0.3240,
    0.4262,
    0.5719,
    0.6528,
    0.7590,
    1.0,
]


def test_the_example_of_benjamini_and_hochberg():
    assert benjamini_hochberg(PAPER, 0.05).sum() == 4


@pytest.mark.parametrize(("ours", "method"), [(benjamini_hochberg, "bh"), (benjamini_yekutieli, "by")])
@pytest.mark.parametrize("seed", range(5))
def test_what_is_refuted_is_what_scipy_adjusts_to_less_than_the_rate(ours, method, seed):
    chance = np.random.default_rng(seed)
    values = np.concatenate([chance.random(20), chance.random(10) / 200])
    expected = scipy.stats.false_discovery_control(values, method=method) <= 0.1
    assert ours(values, 0.1).tolist() == expected.tolist()


def test_holm_by_hand():
    # sorted 0.01 <= 0.05/4, 0.015 <= 0.05/3, 0.03 > 0.05/2: the first two, although 0.04 <= 0.05
    assert holm([0.04, 0.01, 0.03, 0.015], 0.05).tolist() == [False, True, False, True]


def test_e_values_by_hand():
    # sorted 90, 30, 5, 1 against 4 / (0.1 k) = 40, 20, 13.3, 10: the first two
    assert e_benjamini_hochberg([30, 5, 90, 1], 0.1).tolist() == [True, False, True, False]


def test_an_infinite_e_value_is_refuted_and_a_zero_is_not():
    assert e_benjamini_hochberg([np.inf, 0.0], 0.05).tolist() == [True, False]


@pytest.mark.parametrize("rule", [benjamini_hochberg, benjamini_yekutieli, holm, e_benjamini_hochberg])
def test_nothing_asked_is_nothing_refuted(rule):
    assert rule([], 0.05).tolist() == []


def test_false_discoveries_are_as_rare_as_promised():
    chance = np.random.default_rng(3)
    shares = []
    for _ in range(2_000):
        wrong = chance.random(30)
        right = scipy.stats.norm.sf(chance.normal(3, 1, 10))
        refuted = benjamini_hochberg(np.concatenate([wrong, right]), 0.2)
        shares.append(refuted[:30].sum() / max(1, refuted.sum()))
    assert np.mean(shares) < 0.2 * 30 / 40 + 0.02
