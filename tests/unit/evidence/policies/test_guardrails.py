"""Guardrails on errors, latency and answers; budgets and limits."""

import numpy as np
import pytest

from everloop.evidence.estimates import proportion
from everloop.evidence.policies.budget import Budget
from everloop.evidence.policies.estimate_limit import EstimateLimit
from everloop.evidence.policies.latency_guardrail import LatencyGuardrail
from everloop.evidence.policies.no_worse import NoWorse
from everloop.evidence.policies.rate_guardrail import RateGuardrail
from everloop.evidence.policies.shift_guardrail import ShiftGuardrail
from everloop.statistics.sequential.mean_state import threshold
from everloop.statistics.sequential.quantile import QuantileCounts
from everloop.statistics.sequential.rate import Rate
from everloop.statistics.sequential.two_rates import TwoRates
from everloop.statistics.sequential.two_shares import ArmShares, PairedShares


def errors(hits, rows, others, other_rows):
    return TwoRates(candidate=Rate(hits=hits, rows=rows), champion=Rate(hits=others, rows=other_rows))


def test_all_guardrails_and_quality_together_err_in_at_most_one_of_a_hundred():
    together = RateGuardrail().alpha + LatencyGuardrail().alpha + ShiftGuardrail().alpha
    assert together + NoWorse(margin=0.01).alpha_fail <= 0.01


@pytest.mark.parametrize(
    ("counts", "verdict"),
    [
        ((60, 600, 108, 5_400), "fail"),
        ((9, 90, 10, 900), "undecided"),
        ((0, 2_000, 0, 18_000), "pass"),
        ((0, 0, 5, 100), "undecided"),
        ((12, 600, 108, 5_400), "undecided"),
    ],
)
def test_errors_beyond_the_tolerance_fail(counts, verdict):
    assert RateGuardrail().judge(errors(*counts)).verdict == verdict


def test_as_many_errors_as_the_champion_are_nobodys_fault():
    assert RateGuardrail().judge(errors(300, 600, 2_700, 5_400)).verdict == "undecided"


def test_it_fails_exactly_where_its_evidence_reaches_what_a_stretch_may_spend():
    for hits in range(28, 52, 2):
        state = errors(hits, 600, 108, 5_400)
        for stretch, part in ((1, 2), (3, 12)):
            failed = RateGuardrail().judge(state, stretch=stretch).verdict == "fail"
            assert failed == (state.log_e_above(0.01) >= threshold(0.002 / part))


def test_the_reason_names_both_rates():
    said = RateGuardrail().judge(errors(60, 600, 108, 5_400)).reason
    assert said == (
        "errors: the candidate fails on more, beyond the tolerance of 1.00%: 10.00% of 600 requests "
        "against the champion's 2.00% of 5,400."
    )


CHANCE = np.random.default_rng(5)
USUAL = QuantileCounts.of(CHANCE.lognormal(3, 0.5, 4_000))


@pytest.mark.parametrize(
    ("candidate", "verdict"),
    [
        (CHANCE.lognormal(3, 0.5, 1_000), "pass"),
        (CHANCE.lognormal(3, 0.5, 1_000) * 3, "fail"),
        (CHANCE.lognormal(3, 0.5, 40) + 500, "fail"),
        (CHANCE.lognormal(3, 0.5, 20), "undecided"),
        ([], "undecided"),
    ],
)
def test_a_candidate_that_is_slower_than_allowed_fails(candidate, verdict):
    assert LatencyGuardrail().judge(QuantileCounts.of(candidate), USUAL).verdict == verdict


def test_a_slow_machine_is_nobodys_fault():
    slow = QuantileCounts.of(CHANCE.lognormal(3, 0.5, 4_000) + 500)
    assert LatencyGuardrail().judge(slow, slow).verdict == "pass"


def test_twice_next_to_nothing_is_not_slow():
    quick, other = QuantileCounts.of(np.full(2_000, 0.2)), QuantileCounts.of(np.full(2_000, 0.05))
    assert LatencyGuardrail().judge(quick, other).verdict == "pass"
    assert LatencyGuardrail(least_ms=0.05).judge(quick, other).verdict == "fail"


def test_answers_never_given_in_time_are_slower_than_any():
    endless = QuantileCounts.of(np.full(100, 1e9))
    assert LatencyGuardrail().judge(endless, USUAL).verdict == "fail"


@pytest.mark.parametrize(
    ("answers", "verdict"),
    [
        (ArmShares(candidate=(10, 90), champion=(900, 100)), "fail"),
        (ArmShares(candidate=(50, 50), champion=(900, 100)), "undecided"),
        (ArmShares(candidate=(900, 100), champion=(8_100, 900)), "pass"),
        (PairedShares(counts=((100, 0), (3, 50))), "pass"),
        (PairedShares(counts=((10, 0), (90, 0))), "fail"),
        (PairedShares(counts=((0, 0), (0, 0))), "undecided"),
    ],
)
def test_answers_further_away_than_the_limit_fail(answers, verdict):
    assert ShiftGuardrail().judge(answers).verdict == verdict


@pytest.mark.parametrize(
    ("value", "verdict"), [(2.9, "pass"), (3.0, "pass"), (3.1, "fail"), (None, "undecided")]
)
def test_a_budget_is_kept_or_not(value, verdict):
    assert Budget(limit=3.0).judge(value, name="size", unit="MB").verdict == verdict


def test_a_budget_says_what_it_measured():
    assert Budget(limit=3e6).judge(4.5e6, name="size", unit="bytes").reason == (
        "size: 4,500,000 bytes is beyond the budget of 3,000,000 bytes."
    )


@pytest.mark.parametrize(
    ("hits", "bad", "verdict"),
    [
        (30, "above", "fail"),
        (10, "above", "pass"),
        (20, "above", "undecided"),
        (10, "below", "fail"),
        (30, "below", "pass"),
    ],
)
def test_an_estimate_is_clear_of_the_limit_or_not(hits, bad, verdict):
    assert EstimateLimit(limit=0.2, bad=bad).judge(proportion(hits * 10, 1_000, "missing")).verdict == verdict
