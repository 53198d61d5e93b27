"""Effects under randomised shares, by hand and by counting out."""

from itertools import product
from math import exp

import numpy as np
import pytest

from everloop.errors import InvalidRequest
from everloop.statistics.sequential.mean_state import interval
from everloop.statistics.sequential.randomised_effect import RandomisedEffect

CLICKS = RandomisedEffect(low=0, high=1, points=2)


def test_the_effect_by_hand():
    # candidate: 2 clicks at a share of 0.5 count 2 each; champion: 1 click counts -2; over 5 rows
    assert CLICKS.with_rows(0.5, [1, 1, 0], [1, 0]).mean == pytest.approx((2 * 2 - 2) / 5)


def test_rows_of_two_shares_are_weighted_by_their_own():
    state = CLICKS.with_rows(0.1, [1], [1]).with_rows(0.5, [1], [])
    assert state.mean == pytest.approx((1 / 0.1 - 1 / 0.9 + 1 / 0.5) / 3)


@pytest.mark.parametrize("centre", [0.0, 0.3])
def test_in_expectation_nothing_is_won_while_the_null_holds(centre):
    """Three rows, each with its own share and its own rates, alike in both arms: changing traffic favours nobody."""
    shares, rates = (0.1, 0.5, 0.3), (0.2, 0.9, 0.5)
    expected = 0.0
    for chosen, clicked in product(product((0, 1), repeat=3), repeat=2):
        state, chance = RandomisedEffect(low=0, high=1, points=2, centre=centre), 1.0
        for share, rate, arm, click in zip(shares, rates, chosen, clicked, strict=True):
            chance *= (share if arm else 1 - share) * (rate if click else 1 - rate)
            state = state.with_rows(share, [click] if arm else [], [] if arm else [click])
        expected += chance * exp(state.log_e_above(0.0))
    assert expected == pytest.approx(1.0)


def test_a_true_effect_is_found_although_clicks_fall_while_the_share_rises():
    """Simpson's paradox: the candidate is better in both periods, but has more of its rows in the worse one."""
    chance = np.random.default_rng(2)
    state = CLICKS.with_rows(0.1, chance.random(1_000) < 0.6, chance.random(9_000) < 0.5)
    state = state.with_rows(0.5, chance.random(5_000) < 0.2, chance.random(5_000) < 0.1)
    clicks = [sum(arms.candidate[1] for arms in state.arms), sum(arms.champion[1] for arms in state.arms)]
    assert clicks[0] / 6_000 < clicks[1] / 14_000
    low, high = interval(state, 0.95)
    assert 0 < low < 0.1 < high


def test_a_centre_near_the_mean_narrows_the_interval():
    chance = np.random.default_rng(3)
    own, other = chance.random(1_000) < 0.8, chance.random(1_000) < 0.8
    near = RandomisedEffect(low=0, high=1, points=2, centre=0.8).with_rows(0.5, own, other)
    far = CLICKS.with_rows(0.5, own, other)
    width = {state: state.upper(0.05) - state.lower(0.05) for state in (near, far)}
    assert width[near] < 0.6 * width[far]


def test_ratings_lie_between_points():
    state = RandomisedEffect(low=1, high=5, points=9).with_rows(0.5, [4.3, 4.9], [2.2])
    assert state.mean == pytest.approx((4.3 / 0.5 + 4.9 / 0.5 - 2.2 / 0.5) / 3)


def test_folding_is_free_of_order():
    one, other = CLICKS.with_rows(0.1, [1], [0, 0]), CLICKS.with_rows(0.5, [0], [1]).with_rows(0.1, [0], [1])
    assert one.merge(other) == other.merge(one)
    assert one.merge(other).rows == 7


def test_without_rows_the_effect_may_be_anything():
    assert (CLICKS.mean, CLICKS.log_e_above(0.1), interval(CLICKS, 0.95)) == (None, 0.0, (-1, 1))


@pytest.mark.parametrize("share", [0.0, 1.0, -0.1])
def test_a_share_that_is_no_chance_is_refused(share):
    with pytest.raises(InvalidRequest, match="nothing to compare"):
        CLICKS.with_rows(share, [1], [0])


def test_other_bounds_cannot_be_merged():
    with pytest.raises(InvalidRequest, match="different bounds"):
        CLICKS.merge(RandomisedEffect(low=0, high=5, points=2))
