from dataclasses import fields
from math import sqrt

import numpy as np
import pytest

import everloop as el
from everloop.evidence.policies.no_worse import NoWorse
from everloop.loop.sizing import KEPT, sized
from everloop.statistics.sequential.capital import Block, log_capital
from everloop.statistics.sequential.mean_state import threshold

CYCLES = 4_000
SIGNS = np.array([-1.0, 0.0, 1.0])


def passed(rows: int, *, worse: float, better: float) -> float:
    """In how large a share of cycles the gate passes at its first look, for a table of so many rows.

    The candidate alone is wrong, or alone is right, on such shares of the rows.
    """
    size = sized(rows)
    shares = [worse, 1 - worse - better, better]
    counts = np.random.default_rng(5).multinomial(size.gate_rows, shares, size=CYCLES)
    gate = NoWorse(margin=size.margin)
    evidence = log_capital([Block(SIGNS, counts.astype(np.float64))], -gate.margin)
    return float((evidence >= threshold(gate.alpha)).mean())


@pytest.mark.parametrize("rows", [500, 7_000, 32_000, 1_000_000])
def test_a_candidate_as_good_as_the_champion_passes_at_the_first_look_in_four_of_five_cycles(rows):
    assert passed(rows, worse=0.025, better=0.025) >= 0.8


@pytest.mark.parametrize("rows", [500, 7_000, 32_000, 1_000_000])
def test_one_that_is_worse_by_the_margin_passes_in_one_of_twenty_at_most(rows):
    margin = sized(rows).margin
    assert passed(rows, worse=0.025 + margin, better=0.025) <= 0.05


@pytest.mark.parametrize(("rows", "truths"), [(20, 750), (4_000, 750), (60_000, 10_000), (10**9, 33_000)])
def test_a_sixth_as_many_truths_as_rows_turn_the_loop_within_limits(rows, truths):
    assert sized(rows).after_outcomes == truths


@pytest.mark.parametrize(("truths", "margin"), [(100, 0.1), (1_000, 1 / sqrt(300)), (100_000, 0.01)])
def test_a_margin_is_what_the_gates_rows_prove_within_limits(truths, margin):
    assert sized(5_000, after_outcomes=truths).margin == pytest.approx(margin, rel=0.02)


def test_a_margin_of_a_number_is_in_its_own_unit():
    assert sized(7_000, spread=200.0).margin == pytest.approx(200 * sized(7_000, spread=1.0).margin, rel=0.05)
    assert sized(7_000, spread=0.0).margin > 0


def test_the_gates_get_what_a_loop_keeps_for_them():
    share = next(field.default for field in fields(el.Loop) if field.name == "evaluation_share")
    assert share == KEPT
    assert sized(7_000).gate_rows == round(KEPT * sized(7_000).after_outcomes)
