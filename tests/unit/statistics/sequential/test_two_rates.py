"""Two rates: against counted-out expectations, hand calculation and the interval of one look."""

from itertools import product
from math import comb, exp, log

import numpy as np
import pytest
import scipy.stats

from everloop.statistics.sequential.mean_state import threshold
from everloop.statistics.sequential.rate import Rate
from everloop.statistics.sequential.two_rates import CENTRES, TwoRates, log_e_difference


def rates(hits, rows, others, other_rows):
    return TwoRates(candidate=Rate(hits=hits, rows=rows), champion=Rate(hits=others, rows=other_rows))


@pytest.mark.parametrize(("rows", "others"), [(1, 1), (1, 9), (3, 10), (10, 10), (12, 4)])
@pytest.mark.parametrize(("first", "second"), [(0.02, 0.02), (0.5, 0.5), (0.3, 0.2), (0.95, 0.9), (0.1, 0.4)])
def test_in_expectation_nothing_is_won_while_the_null_holds(rows, others, first, second):
    null = first - second
    expected = sum(
        comb(rows, k) * first**k * (1 - first) ** (rows - k)
        * comb(others, j) * second**j * (1 - second) ** (others - j)
        * exp(rates(k, rows, j, others).log_e_above(null))
        for k in range(rows + 1)
        for j in range(others + 1)
    )  # fmt: skip
    assert 0 < expected <= 1 + 1e-9


@pytest.mark.parametrize(("together", "alone"), [(0.1, 0.0), (0.05, 0.05), (0.4, 0.1), (0.0, 0.1)])
def test_nothing_is_won_either_where_both_see_the_same_rows(together, alone):
    """A shadow's rows are its champion's: of six, some err in both, some in one of them."""
    expected, rows = 0.0, 6
    for both, own, other in product(range(rows + 1), repeat=3):
        if (rest := rows - both - own - other) >= 0:
            ways = comb(rows, both) * comb(rows - both, own) * comb(rows - both - own, other)
            chance = ways * together**both * alone ** (own + other) * (1 - together - 2 * alone) ** rest
            expected += chance * exp(rates(both + own, rows, both + other, rows).log_e_above(0.0))
    assert expected <= 1 + 1e-9


def test_the_parts_of_the_capital_are_all_of_it():
    assert sum(CENTRES.values()) == pytest.approx(1.0)


def test_while_an_arm_has_no_rows_there_is_no_evidence():
    state = rates(5, 5, 0, 0)
    assert (state.log_e_above(0.01), state.mean, state.lower(0.05)) == (0.0, None, -1.0)


def test_counts_of_many_runs_are_judged_as_one_by_one():
    counts = np.array([[60, 3, 0], [600, 50, 10], [108, 1, 5], [5400, 450, 90]])
    expected = [rates(*counts[:, run].tolist()).log_e_above(0.01) for run in range(3)]
    assert log_e_difference(counts, 0.01).tolist() == pytest.approx(expected)


def test_bounds_are_where_the_evidence_is_one_over_alpha():
    state = rates(60, 600, 108, 5400)
    assert state.log_e_above(state.lower(0.01)) == pytest.approx(threshold(0.01), abs=1e-6)
    assert state.log_e_below(state.upper(0.01)) == pytest.approx(threshold(0.01), abs=1e-6)


@pytest.mark.parametrize(
    "counts", [(60, 600, 108, 5400), (300, 600, 2700, 5400), (0, 600, 0, 5400), (500, 600, 4500, 5400)]
)
def test_the_interval_is_wider_than_that_of_one_look_but_less_than_three_times(counts):
    state = rates(*counts)
    k, n, j, m = (
        counts[0] + 1,
        counts[1] + 2,
        counts[2] + 1,
        counts[3] + 2,
    )  # Agresti and Caffo's, for rates of 0
    spread = np.sqrt(k / n * (1 - k / n) / n + j / m * (1 - j / m) / m)
    once = 2 * scipy.stats.norm.isf(0.025) * spread
    assert once < state.upper(0.025) - state.lower(0.025) < 3 * once


def test_arms_that_change_places_turn_the_interval():
    state, turned = rates(60, 600, 108, 5400), rates(108, 5400, 60, 600)
    assert turned.upper(0.05) == pytest.approx(-state.lower(0.05))


def test_folding_adds_counts():
    state = rates(1, 10, 2, 90).with_counts(candidate=Rate(hits=1, rows=5)).merge(rates(0, 5, 1, 10))
    assert state == rates(2, 20, 3, 100)
    assert (state.rows, state.mean) == (120, pytest.approx(0.07))


def test_four_errors_in_a_row_beside_a_sound_champion_are_enough_at_one_in_a_thousand():
    # each error of an arm that has a tenth of the rows is worth nearly 10: 10^4 over what the mixture costs
    assert rates(4, 4, 0, 36).log_e_above(0.01) > log(1000) > rates(2, 2, 0, 18).log_e_above(0.01)
