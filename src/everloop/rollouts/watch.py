"""The verdicts on a rollout: how well the candidate answers, and whether anything goes wrong on the way."""

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache

from everloop.evidence.policies.latency_guardrail import LatencyGuardrail
from everloop.evidence.policies.no_worse import NoWorse
from everloop.evidence.policies.rate_guardrail import RateGuardrail
from everloop.evidence.policies.shift_guardrail import ShiftGuardrail
from everloop.records.loop import RolloutPlan
from everloop.records.verdict import Verdict
from everloop.rollouts.observed import Observed, Stretch
from everloop.rollouts.quality import Differences
from everloop.statistics.sequential.quantile import QuantileCounts
from everloop.statistics.sequential.two_rates import TwoRates
from everloop.statistics.sequential.two_shares import PairedShares

QUALITY, ERRORS, LATENCY, SHIFT = "quality", "errors", "latency", "shift of answers"

NOTHING = Stretch(
    number=1,
    errors=TwoRates(),
    candidate_latency=QuantileCounts(),
    champion_latency=QuantileCounts(),
    made=PairedShares(counts=((0, 0), (0, 0))),
)


def watch(observed: Observed, plan: RolloutPlan) -> tuple[Verdict, ...]:
    """Quality, errors, latency and shift. A candidate that equals the champion fails any of them with at most 1 %.

    That is over the whole rollout, however often it is watched: 0.5 % for quality, 0.2 % for errors, 0.2 % for
    latency and 0.1 % for the shift.
    """
    errors = RateGuardrail(tolerance=plan.more_errors)
    latency = LatencyGuardrail(ratio=plan.slower)
    shift = ShiftGuardrail(limit=plan.shift)
    stretches = observed.stretches or (NOTHING,)
    return (
        quality(observed, plan),
        _worst([_errors(errors, s.errors, s.number) for s in stretches]),
        _worst([_latency(latency, s.candidate_latency, s.champion_latency, s.number) for s in stretches]),
        _worst([_shift(shift, s.made, s.number) for s in stretches]),
    )


def quality(observed: Observed, plan: RolloutPlan) -> Verdict:
    """The verdict without which nothing is promoted."""
    verdict = _quality(NoWorse(margin=plan.margin), observed.differences)
    if observed.unjudged:
        return replace(verdict, reason=f"{QUALITY}: {observed.unjudged}")
    if not observed.left_out:
        return verdict
    told = f"{observed.left_out[0].upper()}{observed.left_out[1:]}."
    if not verdict.rows and observed.taught:
        return replace(verdict, reason=f"{QUALITY}: it shows on rows that are new to both versions. {told}")
    return replace(
        verdict, reason=f"{verdict.reason} {told}", more_rows=_with_taught(verdict, observed.taught)
    )


def _with_taught(verdict: Verdict, taught: int) -> int | None:
    """How many more outcomes it takes where some of them do not count."""
    if verdict.more_rows is None or not verdict.rows:
        return verdict.more_rows
    return round(verdict.more_rows * (verdict.rows + taught) / verdict.rows)


def _worst(verdicts: Sequence[Verdict]) -> Verdict:
    """The first that fails, else the newest."""
    return next((verdict for verdict in verdicts if verdict.verdict == "fail"), verdicts[-1])


# A tick looks every second, and counts that stand still, as those of earlier stretches do, need no second judgement.


@lru_cache(maxsize=256)
def _quality(policy: NoWorse, differences: Differences) -> Verdict:
    return policy.judge(differences, name=QUALITY)


@lru_cache(maxsize=256)
def _errors(policy: RateGuardrail, errors: TwoRates, stretch: int) -> Verdict:
    return policy.judge(errors, name=ERRORS, stretch=stretch)


@lru_cache(maxsize=256)
def _latency(
    policy: LatencyGuardrail, candidate: QuantileCounts, champion: QuantileCounts, stretch: int
) -> Verdict:
    return policy.judge(candidate, champion, name=LATENCY, stretch=stretch)


@lru_cache(maxsize=256)
def _shift(policy: ShiftGuardrail, made: PairedShares, stretch: int) -> Verdict:
    return policy.judge(made, name=SHIFT, stretch=stretch)
