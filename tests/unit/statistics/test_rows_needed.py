"""How many rows more: against a closed form, and against what then happens."""

from math import log

import numpy as np
import pytest

from everloop.statistics.rows_needed import rows_above, rows_below
from everloop.statistics.sequential.capital import Block, log_capital
from everloop.statistics.sequential.mean_state import threshold
from everloop.statistics.sequential.moments import Moments
from everloop.statistics.sequential.sign_counts import POINTS, SignCounts


def test_two_models_that_answer_alike_need_about_as_many_rows_as_the_best_bet():
    # all staked, each row turns 1 into 1 / 0.99: log 20 / -log 0.99 rows; only a tenth is so staked: log 200
    found = rows_above(SignCounts(same=50), -0.01, 0.05)
    assert log(20) / -log(0.99) < 50 + found <= log(200) / -log(0.99) + 1


def test_so_many_rows_more_decide():
    state = SignCounts(worse=2, same=91, better=7)
    more = rows_above(state, -0.01, 0.05)
    times = (100 + more) / 100
    assert state.log_e_above(-0.01, times=times) >= threshold(0.05)
    assert state.log_e_above(-0.01, times=times - 0.02) < threshold(0.05)


def test_half_of_the_time_it_takes_longer():
    chance = np.random.default_rng(8)
    expected = 100 + rows_above(SignCounts(worse=2, same=91, better=7), -0.01, 0.05)
    signs = chance.choice(3, size=(300, 600), p=[0.02, 0.91, 0.07])
    evidence = log_capital([Block(POINTS, np.cumsum(np.eye(3)[signs], axis=1))], -0.01)
    reached = evidence >= threshold(0.05)
    needed = np.where(reached.any(axis=1), reached.argmax(axis=1) + 1, 600)
    assert 0.6 < np.median(needed) / expected < 1.4


@pytest.mark.parametrize("state", [SignCounts(), Moments()])
def test_without_rows_nobody_can_say(state):
    assert rows_above(state, 0.0, 0.05) is None


def test_where_the_estimate_lies_on_the_wrong_side_it_is_hopeless():
    assert rows_above(SignCounts(worse=20, same=70, better=10), -0.01, 0.05) is None
    assert rows_below(SignCounts(worse=10, same=70, better=20), 0.0, 0.005) is None


def test_where_a_million_rows_would_not_do_it_is_hopeless():
    assert rows_above(SignCounts(worse=100_000, same=0, better=100_010), 0.0, 0.05) is None


def test_what_is_decided_needs_no_more():
    assert rows_above(SignCounts(same=1_000), -0.01, 0.05) == 0


def test_numbers_without_bounds_need_rows_as_their_square_says():
    # from the asymptotic width: four times as many rows for half the difference, roughly
    wide = Moments(rows=200, average=0.10, squares=200.0)
    narrow = Moments(rows=200, average=0.05, squares=200.0)
    ratio = (200 + rows_above(narrow, 0.0, 0.05)) / (200 + rows_above(wide, 0.0, 0.05))
    assert 3 < ratio < 6
