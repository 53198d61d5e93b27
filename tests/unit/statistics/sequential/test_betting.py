"""Evidence from counts: against the definition row by row, and against the one property that everything rests on.

That property is counted out, not simulated: under the null the expectation of the evidence is at most 1.
"""

from itertools import product
from math import comb, exp, log

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from everloop.statistics.sequential.bounded_mean import BoundedMean
from everloop.statistics.sequential.capital import stakes
from everloop.statistics.sequential.mean_state import e_value, interval, threshold
from everloop.statistics.sequential.rate import Rate
from everloop.statistics.sequential.sign_counts import SignCounts

COUNTS = st.integers(0, 400)
SIGNS = st.builds(SignCounts, worse=COUNTS, same=COUNTS, better=COUNTS)


def by_definition(values, null, low):
    """The mean over stakes of the product over rows, one factor at a time."""
    shares, log_trust = stakes()
    capital = []
    for share in shares:
        won = 1.0
        for value in values:
            won *= 1 - share + share * (value - low) / (null - low)
        capital.append(won)
    return log(float(np.exp(log_trust) @ capital))


def test_evidence_is_the_mean_over_stakes_of_the_product_over_rows():
    state = SignCounts(worse=2, same=5, better=6)
    values = [-1] * 2 + [0] * 5 + [1] * 6
    assert state.log_e_above(-0.05) == pytest.approx(by_definition(values, -0.05, -1))
    mirrored = [-value for value in values]
    assert state.log_e_below(0.3) == pytest.approx(by_definition(mirrored, -0.3, -1))


def test_evidence_on_a_rate_is_by_definition_too():
    assert Rate(hits=3, rows=20).log_e_above(0.05) == pytest.approx(
        by_definition([1] * 3 + [0] * 17, 0.05, 0)
    )


@pytest.mark.parametrize(("worse", "better"), [(0.1, 0.1), (0.3, 0.25), (0.01, 0.0), (0.5, 0.5)])
@pytest.mark.parametrize("rows", [1, 2, 12])
def test_in_expectation_nothing_is_won_while_the_null_holds(worse, better, rows):
    null, expected = better - worse, 0.0
    for lost, won in product(range(rows + 1), repeat=2):
        if lost + won <= rows:
            state = SignCounts(worse=lost, same=rows - lost - won, better=won)
            chance = comb(rows, lost) * comb(rows - lost, won) * worse**lost * better**won
            expected += chance * (1 - worse - better) ** state.same * exp(state.log_e_above(null))
    assert expected == pytest.approx(1.0)


@given(SIGNS, st.floats(-0.9, 0.9))
def test_a_row_more_wins_nothing_in_expectation(state, null):
    """A martingale: of rows that are +1 or -1 with mean `null`."""
    up = (1 + null) / 2
    after = up * exp(state.with_counts(better=1).log_e_above(null) - state.log_e_above(null))
    after += (1 - up) * exp(state.with_counts(worse=1).log_e_above(null) - state.log_e_above(null))
    assert after == pytest.approx(1.0)


@given(SIGNS, SIGNS)
def test_merging_is_counting_all_rows_in_any_order(one, other):
    assert one.merge(other) == other.merge(one)
    assert one.merge(other).rows == one.rows + other.rows


@given(SIGNS, st.floats(-0.99, 0.98), st.floats(0.001, 0.5))
def test_evidence_falls_in_the_null(state, null, by):
    assert state.log_e_above(null) >= state.log_e_above(min(0.99, null + by)) - 1e-9


@pytest.mark.parametrize("alpha", [0.05, 0.002])
def test_a_bound_is_where_the_evidence_is_one_over_alpha(alpha):
    state = SignCounts(worse=20, same=900, better=60)
    assert state.log_e_above(state.lower(alpha)) == pytest.approx(threshold(alpha), abs=1e-6)
    assert state.log_e_below(state.upper(alpha)) == pytest.approx(threshold(alpha), abs=1e-6)


def test_bounds_are_mirror_images():
    assert SignCounts(worse=7, same=90, better=3).lower(0.05) == -SignCounts(
        worse=3, same=90, better=7
    ).upper(0.05)


def test_without_rows_anything_is_possible():
    assert interval(SignCounts(), 0.95) == (-1.0, 1.0)
    assert e_value(SignCounts(), 0.1) == pytest.approx(1.0)
    assert SignCounts().mean is None


def test_overwhelming_evidence_is_infinite_not_an_error():
    assert e_value(SignCounts(better=10_000), 0.0) == float("inf")


@pytest.mark.parametrize("rows", [100, 10_000, 1_000_000])
def test_an_interval_is_at_most_twice_as_wide_as_one_that_looks_once(rows):
    """Of a single look at level 95 %: 1.96 standard errors to either side. Looking always costs less than twice it."""
    state = SignCounts(worse=rows // 10, same=rows * 8 // 10, better=rows // 10)
    low, high = interval(state, 0.95)
    assert 1.0 < (high - low) / (2 * 1.96 * (0.2 / rows) ** 0.5) < 2.0


@given(st.lists(st.floats(0, 1), min_size=1, max_size=30), st.floats(0.05, 0.95))
def test_values_split_between_points_claim_no_more_than_the_values_themselves(values, null):
    state = BoundedMean.of(values, low=0.0, high=1.0)
    assert state.log_e_above(null) <= by_definition(values, null, 0.0) + 1e-9


def test_and_next_to_nothing_less():
    values = np.random.default_rng(1).beta(2, 3, 300)  # of mean 0.4
    exact = by_definition(values, 0.3, 0.0)
    assert 0.99 * exact < BoundedMean.of(values, low=0.0, high=1.0).log_e_above(0.3) <= exact


def test_values_on_the_points_lose_nothing():
    values = np.arange(65) / 64
    assert BoundedMean.of(values, low=0, high=1).log_e_above(0.3) == pytest.approx(
        by_definition(values, 0.3, 0)
    )


@pytest.mark.parametrize(
    ("differences", "expected"),
    [
        ([1, 0, -1, -1], SignCounts(worse=2, same=1, better=1)),
        ([], SignCounts()),
        ([0.0, 1.0], SignCounts(same=1, better=1)),
    ],
)
def test_differences_are_counted_by_their_sign(differences, expected):
    assert SignCounts.of(differences) == expected
