"""A verdict is kept as JSON and come to again, by every policy."""

import msgspec
import numpy as np
import pytest

from everloop.errors import StoredFormatUnknown
from everloop.evidence.estimates import proportion
from everloop.evidence.policies.better import Better
from everloop.evidence.policies.budget import Budget
from everloop.evidence.policies.estimate_limit import EstimateLimit
from everloop.evidence.policies.latency_guardrail import LatencyGuardrail
from everloop.evidence.policies.no_worse import NoWorse
from everloop.evidence.policies.rate_guardrail import RateGuardrail
from everloop.evidence.policies.shift_guardrail import ShiftGuardrail
from everloop.evidence.replay import KINDS, POLICIES, replay
from everloop.records.verdict import Verdict
from everloop.statistics.sequential.bounded_mean import BoundedMean
from everloop.statistics.sequential.moments import Moments
from everloop.statistics.sequential.quantile import QuantileCounts
from everloop.statistics.sequential.randomised_effect import RandomisedEffect
from everloop.statistics.sequential.rate import Rate
from everloop.statistics.sequential.sign_counts import SignCounts
from everloop.statistics.sequential.two_rates import TwoRates
from everloop.statistics.sequential.two_shares import ArmShares, PairedShares

CHANCE = np.random.default_rng(4)
STATES = [
    SignCounts(),
    SignCounts(worse=2, same=91, better=7),
    SignCounts(worse=70, same=910, better=20),
    Moments(),
    Moments.of(CHANCE.normal(0.1, 1, 50)),
    Moments.of(CHANCE.normal(0.1, 1, 3_000)),
    BoundedMean.of(CHANCE.uniform(-1, 1, 300), low=-1, high=1),
    RandomisedEffect(low=0, high=1, points=2),
    RandomisedEffect(low=0, high=1, points=2, centre=0.1).with_rows(0.1, [1, 0, 1], [0, 0, 1, 1]),
    Rate(hits=30, rows=40),
]
LATENCIES = QuantileCounts.of(CHANCE.lognormal(3, 0.5, 400))
VERDICTS = [
    *(NoWorse(margin=0.02).judge(state) for state in STATES),
    *(Better(by=0.01).judge(state, name="mae", against="the baseline") for state in STATES),
    RateGuardrail().judge(TwoRates()),
    RateGuardrail(tolerance=0.02).judge(
        TwoRates(candidate=Rate(hits=9, rows=90), champion=Rate(hits=10, rows=900)), stretch=3
    ),
    LatencyGuardrail().judge(QuantileCounts(), QuantileCounts()),
    LatencyGuardrail(ratio=2.0).judge(LATENCIES, LATENCIES, stretch=2),
    ShiftGuardrail().judge(ArmShares(candidate=(0, 0), champion=(0, 0))),
    ShiftGuardrail(limit=0.2).judge(ArmShares(candidate=(10, 90), champion=(900, 100))),
    ShiftGuardrail().judge(PairedShares(counts=((100, 0), (3, 50))), stretch=2),
    Budget(limit=3.0).judge(4.0, name="size", unit="MB"),
    Budget(limit=3.0).judge(None, name="size"),
    EstimateLimit(limit=0.2).judge(proportion(30, 100, "missing")),
    EstimateLimit(limit=0.2, bad="below").judge(None, name="accuracy"),
]


@pytest.mark.parametrize("verdict", VERDICTS, ids=lambda v: f"{v.policy}-{v.verdict}-{v.rows}")
def test_a_verdict_that_was_kept_is_come_to_again(verdict):
    # a number that is not finite would come back as null
    kept = msgspec.json.decode(msgspec.json.encode(verdict), type=Verdict)
    assert kept == verdict
    assert replay(kept) == verdict


@pytest.mark.parametrize("verdict", [v for v in VERDICTS if v.value is None], ids=lambda v: v.policy)
def test_no_data_is_never_a_pass(verdict):
    assert verdict.verdict == "undecided"


@pytest.mark.parametrize("verdict", VERDICTS, ids=lambda v: f"{v.policy}-{v.verdict}-{v.rows}")
def test_a_reason_is_one_sentence_that_names_what_was_judged(verdict):
    assert verdict.reason.startswith(verdict.name)
    assert verdict.reason.endswith(".")
    assert "\n" not in verdict.reason
    assert "inf" not in verdict.reason
    assert "nan" not in verdict.reason


def test_a_verdict_whose_inputs_were_changed_is_another():
    verdict = NoWorse(margin=0.01).judge(SignCounts(worse=10, same=455, better=35))
    changed = msgspec.convert(
        {**msgspec.to_builtins(verdict), "inputs": {**verdict.inputs, "better": 9}}, Verdict
    )
    assert (verdict.verdict, replay(changed).verdict) == ("pass", "undecided")


def test_every_policy_has_a_code_of_its_own():
    assert len(POLICIES) == len(KINDS)


def test_an_unknown_code_is_an_error_that_says_so():
    with pytest.raises(StoredFormatUnknown, match="No policy has the code 'G999'"):
        replay(Verdict(policy="G999", name="x", verdict="pass", reason="x."))


def test_an_unknown_state_is_an_error_that_says_so():
    verdict = NoWorse(margin=0.01).judge(SignCounts())
    changed = msgspec.convert(
        {**msgspec.to_builtins(verdict), "inputs": {**verdict.inputs, "state": "odd"}}, Verdict
    )
    with pytest.raises(StoredFormatUnknown, match="rests on 'odd'"):
        replay(changed)
