"""The verdicts on a rollout: how well the candidate answers, and whether anything goes wrong on the way."""

from collections.abc import Callable

from everloop.evidence.policies.latency_guardrail import LatencyGuardrail
from everloop.evidence.policies.no_worse import NoWorse
from everloop.evidence.policies.rate_guardrail import RateGuardrail
from everloop.evidence.policies.shift_guardrail import ShiftGuardrail
from everloop.records.loop import RolloutPlan
from everloop.records.verdict import Verdict
from everloop.rollouts.observed import Observed, Stretch
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
    errors, latency = RateGuardrail(tolerance=plan.more_errors), LatencyGuardrail(ratio=plan.slower)
    shift = ShiftGuardrail(limit=plan.shift)
    stretches = observed.stretches or (NOTHING,)
    return (
        NoWorse(margin=plan.margin).judge(observed.differences, name=QUALITY),
        _worst(stretches, lambda s: errors.judge(s.errors, name=ERRORS, stretch=s.number)),
        _worst(
            stretches,
            lambda s: latency.judge(s.candidate_latency, s.champion_latency, name=LATENCY, stretch=s.number),
        ),
        _worst(stretches, lambda s: shift.judge(s.made, name=SHIFT, stretch=s.number)),
    )


def _worst(stretches: tuple[Stretch, ...], judge: Callable[[Stretch], Verdict]) -> Verdict:
    """The first that fails; else the newest that has rows, since the others say how it was."""
    verdicts = [judge(stretch) for stretch in stretches]
    failed = [verdict for verdict in verdicts if verdict.verdict == "fail"]
    return failed[0] if failed else verdicts[-1]
