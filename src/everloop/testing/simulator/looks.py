"""Verdicts on planted truth, by the real policies, and cheaply where nothing is decided yet.

A policy's interval takes milliseconds, and a simulated day looks hundreds of times. That a bound is beyond a limit
means that the evidence at the limit is large enough: where it is not, nothing else needs to be computed. A thorough
scenario computes all of it each time.
"""

from math import log

from everloop.evidence.policies.latency_guardrail import LatencyGuardrail
from everloop.evidence.policies.no_worse import NoWorse
from everloop.evidence.policies.rate_guardrail import RateGuardrail
from everloop.evidence.policies.shift_guardrail import ShiftGuardrail
from everloop.loop.sight import Watched
from everloop.records.cycle import Cycle
from everloop.records.loop import RolloutPlan
from everloop.records.verdict import Judgement, Verdict
from everloop.rollouts.observed import Stretch
from everloop.rollouts.quality import Differences
from everloop.rollouts.watch import ERRORS, LATENCY, QUALITY, SHIFT, watch
from everloop.statistics.sequential.quantile import QuantileCounts
from everloop.statistics.sequential.spending import spent
from everloop.testing.simulator.seen import observed, signs
from everloop.testing.simulator.site import Flags, Site


def rollout_verdicts(cycle: Cycle, plan: RolloutPlan, site: Site, now: float, *, thorough: bool) -> Watched:
    """How the rollout of `cycle` stands at `now`, by this plan."""
    found = observed(cycle, site, now)
    if thorough:
        verdicts = watch(found, plan)
    else:
        verdicts = (
            _quality(plan.margin, found.differences),
            *(_errors(plan.more_errors, stretch) for stretch in found.stretches),
            *(_latency(plan.slower, stretch) for stretch in found.stretches),
            *(_shift(plan.shift, stretch) for stretch in found.stretches),
        )
    return Watched(verdicts=verdicts, answers=found.answers[cycle.stage])


def gate_verdict(
    margin: float, candidate: Flags, other: Flags, *, name: str, against: str, fewest: int, thorough: bool
) -> Verdict:
    """What `NoWorse` says of rows that either was right about; undecided on fewer than `fewest`.

    By how much a candidate that passes is better is computed in any case: whether it becomes the anchor rests on it.
    """
    counts = signs(candidate, other)
    if counts.rows < fewest:
        counts = signs(candidate[:0], other[:0])
    return _no_worse(margin, counts, name, against, ("pass",) if not thorough else ())


def _quality(margin: float, differences: Differences) -> Verdict:
    """With its interval where it is decided: whether the candidate is better, and not only no worse, rests on it."""
    return _no_worse(margin, differences, QUALITY, "the champion", ("pass", "fail"))


def _no_worse(
    margin: float, state: Differences, name: str, against: str, whole: tuple[Judgement, ...]
) -> Verdict:
    """The policy's verdict; without its interval where it is none of `whole`, which is all of them if it is empty."""
    policy = NoWorse(margin=margin)
    judgement: Judgement = "undecided"
    if state.rows and state.log_e_above(-margin) >= -log(policy.alpha):
        judgement = "pass"
    elif state.rows and state.log_e_below(0.0) >= -log(policy.alpha_fail):
        judgement = "fail"
    if not whole or judgement in whole:
        return policy.judge(state, name=name, against=against)
    return _light(policy.code, name, judgement, state.rows, value=state.mean)


def _errors(tolerance: float, stretch: Stretch) -> Verdict:
    policy, errors = RateGuardrail(tolerance=tolerance), stretch.errors
    beyond = errors.mean is not None and errors.mean > tolerance
    if beyond and errors.log_e_above(tolerance) >= -log(spent(policy.alpha, stretch.number)):
        return policy.judge(errors, name=ERRORS, stretch=stretch.number)
    return _light(policy.code, ERRORS, "undecided", errors.rows, value=errors.mean)


def _latency(ratio: float, stretch: Stretch) -> Verdict:
    """One that is not slower at its own quantile cannot be shown to be."""
    policy = LatencyGuardrail(ratio=ratio)
    own, other = stretch.candidate_latency, stretch.champion_latency
    if _at(own, policy) > _at(other, policy):
        return policy.judge(own, other, name=LATENCY, stretch=stretch.number)
    return _light(policy.code, LATENCY, "undecided", own.rows, value=own.at(policy.quantile))


def _at(latencies: QuantileCounts, policy: LatencyGuardrail) -> float:
    return latencies.at(policy.quantile) or 0.0


def _shift(limit: float, stretch: Stretch) -> Verdict:
    """One whose answers lie within the limit cannot be shown to be beyond it."""
    policy, made = ShiftGuardrail(limit=limit), stretch.made
    if made.mean is not None and made.mean > limit:
        return policy.judge(made, name=SHIFT, stretch=stretch.number)
    return _light(policy.code, SHIFT, "undecided", made.rows, value=made.mean)


def _light(code: str, name: str, judgement: Judgement, rows: int, *, value: float | None) -> Verdict:
    reason = f"{name}: {judgement} on {rows} rows"
    return Verdict(policy=code, name=name, verdict=judgement, reason=reason, rows=rows, value=value)
