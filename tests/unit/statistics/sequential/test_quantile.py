"""Quantiles from bins, against numpy and the binomial of one look."""

from math import inf

import numpy as np
import pytest
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st

from everloop.errors import InvalidRequest
from everloop.statistics.sequential.mean_state import threshold
from everloop.statistics.sequential.quantile import LATENCY_EDGES, QuantileCounts

LATENCIES = np.random.default_rng(6).lognormal(3, 0.6, 4_000)


@pytest.mark.parametrize("quantile", [0.5, 0.95, 0.99])
def test_the_quantile_is_numpys_up_to_a_bin(quantile):
    found, expected = QuantileCounts.of(LATENCIES).at(quantile), np.quantile(LATENCIES, quantile)
    assert expected <= found * 1.001
    assert found <= expected * 1.11


def test_bins_are_a_tenth_apart():
    ratios = np.divide(LATENCY_EDGES[1:], LATENCY_EDGES[:-1])
    assert (ratios.min(), ratios.max()) == pytest.approx((1.1, 1.1), abs=0.01)


def test_a_value_on_an_edge_lies_above_it():
    found = QuantileCounts.of([1.0, 2.0, 3.0], edges=(1.0, 2.0, 3.0))
    assert found.counts == (0, 1, 1, 1)
    assert (found.over(0).hits, found.over(2).hits) == (3, 1)


def test_bounds_are_the_outermost_edges_that_the_rate_over_them_refutes():
    state = QuantileCounts.of(LATENCIES)
    above = [e for i, e in enumerate(state.edges) if state.over(i).log_e_above(0.05) >= threshold(0.01)]
    below = [e for i, e in enumerate(state.edges) if state.over(i).log_e_below(0.05) >= threshold(0.01)]
    assert (state.lower(0.95, 0.01), state.upper(0.95, 0.01)) == (max(above), min(below))


def test_the_bounds_are_outside_those_of_one_look():
    """Order statistics: the count of values below the quantile is binomial."""
    state, ordered = QuantileCounts.of(LATENCIES), np.sort(LATENCIES)
    first, last = scipy.stats.binom.interval(0.98, len(LATENCIES), 0.95)
    assert state.lower(0.95, 0.01) < ordered[int(first)] < ordered[int(last)] < state.upper(0.95, 0.01)


def test_without_values_nothing_is_known():
    assert (QuantileCounts().at(0.5), QuantileCounts().lower(0.5, 0.1), QuantileCounts().upper(0.5, 0.1)) == (
        None,
        0.0,
        inf,
    )


def test_values_beyond_the_last_edge_are_infinitely_slow():
    assert QuantileCounts.of([5.0], edges=(1.0, 2.0)).at(0.5) == inf


@given(st.lists(st.floats(0, 1e6)), st.lists(st.floats(0, 1e6)))
def test_merging_is_counting_all(some, more):
    merged = QuantileCounts.of(some).merge(QuantileCounts.of(more))
    assert merged.counts == QuantileCounts.of(some + more).counts


def test_missing_values_do_not_count_and_nothing_merges_with_anything():
    assert QuantileCounts.of([float("nan"), 1.0]).rows == 1
    state = QuantileCounts.of([1.0])
    assert QuantileCounts().merge(state) == state == state.merge(QuantileCounts())


def test_other_edges_cannot_be_merged():
    with pytest.raises(InvalidRequest, match="different edges"):
        QuantileCounts.of([1.0]).merge(QuantileCounts.of([1.0], edges=(1.0,)))
