"""The asymptotic sequence against an integral, numpy and its paper's own formula."""

from math import exp, inf, log, pi, sqrt

import numpy as np
import pytest
import scipy.integrate
from hypothesis import given
from hypothesis import strategies as st

from everloop.statistics.sequential.mean_state import interval
from everloop.statistics.sequential.moments import FIRST_LOOK, Moments

NUMBERS = st.lists(st.floats(-1e6, 1e6), max_size=30)


def test_evidence_is_the_mixture_over_half_normal_stakes():
    state = Moments(rows=400, average=0.1, squares=400.0)
    wide = (-2 * log(0.05) + log(1 - 2 * log(0.05))) / 500
    total = 0.1 * 400

    def staked(stake):
        density = 2 / sqrt(2 * pi * wide) * exp(-stake * stake / (2 * wide))
        return density * exp(stake * total - stake * stake * 400 / 2)

    expected, _ = scipy.integrate.quad(staked, 0, 3, points=[0.05, 0.1, 0.2])
    assert state.log_e_above(0.0) == pytest.approx(log(expected), rel=1e-6)


def test_the_bound_is_within_the_closed_form_of_the_paper():
    """Waudby-Smith and others 2024, one-sided: it takes the normal probability for one half at least."""
    rows, alpha = 500, 0.05
    wide = (-2 * log(0.05) + log(1 - 2 * log(0.05))) / 500
    state = Moments(rows=rows, average=0.0, squares=float(rows))
    scale = rows * wide + 1
    closed = sqrt(2 * scale / (rows * rows * wide) * log(1 + sqrt(scale) / (2 * alpha)))
    assert 0.9 * closed < -state.lower(alpha) <= closed


@given(NUMBERS, NUMBERS)
def test_merging_gives_the_mean_and_variance_of_all(some, more):
    merged = Moments.of(some).merge(Moments.of(more))
    assert merged.rows == len(some) + len(more)
    if merged.rows:
        together = some + more
        assert merged.average == pytest.approx(np.mean(together), rel=1e-9, abs=1e-6)
        assert merged.variance == pytest.approx(np.var(together), rel=1e-6, abs=1e-4)


def test_sums_and_squares_give_the_same_state():
    values = np.array([1.0, 2.0, 4.0])
    found, expected = Moments.of_sums(3, float(values.sum()), float((values**2).sum())), Moments.of(values)
    assert (found.rows, found.average, found.squares) == pytest.approx(
        (expected.rows, expected.average, expected.squares)
    )


def test_before_the_first_look_it_claims_nothing():
    state = Moments.of(np.ones(FIRST_LOOK - 1) * 1e6)
    assert (state.lower(0.05), state.upper(0.05), state.log_e_above(0.0)) == (-inf, inf, 0.0)


def test_rows_that_are_all_alike_are_known_exactly():
    state = Moments.of(np.full(200, 3.0))
    assert interval(state, 0.95) == (3.0, 3.0)
    assert (state.log_e_above(2.0), state.log_e_above(4.0), state.log_e_above(3.0)) == (inf, -inf, 0.0)


@pytest.mark.parametrize("null", [-1e6, 1e6])
def test_the_far_tails_are_finite(null):
    assert np.isfinite(Moments.of(np.arange(200.0)).log_e_above(null))


def test_a_bound_is_where_the_evidence_is_one_over_alpha():
    state = Moments(rows=1_000, average=0.2, squares=900.0)
    assert state.log_e_above(state.lower(0.01)) == pytest.approx(log(100), abs=1e-6)
    assert state.upper(0.01) - 0.2 == pytest.approx(0.2 - state.lower(0.01))
