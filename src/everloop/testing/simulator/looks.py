"""Verdicts on planted truth, by the real policies, and cheaply where nothing is decided yet.

A policy's interval takes milliseconds, and a simulated day looks hundreds of times. That a bound is beyond a limit
means that the evidence at the limit is large enough: where it is not, nothing else needs to be computed. A thorough
scenario computes all of it each time.
"""

from math import log

import numpy as np

from everloop.evidence.policies.no_worse import NoWorse
from everloop.evidence.policies.rate_guardrail import RateGuardrail
from everloop.loop.sight import Watched
from everloop.records.cycle import Cycle
from everloop.records.verdict import Judgement, Verdict
from everloop.rollouts.observed import Observed, Stretch
from everloop.rollouts.watch import ERRORS, QUALITY, watch
from everloop.statistics.sequential.quantile import QuantileCounts
from everloop.statistics.sequential.rate import Rate
from everloop.statistics.sequential.sign_counts import SignCounts
from everloop.statistics.sequential.spending import spent
from everloop.statistics.sequential.two_rates import TwoRates
from everloop.statistics.sequential.two_shares import PairedShares
from everloop.testing.simulator.site import Flags, Site

LATENCY_MS = 5.0  # of every answer


def rollout_verdicts(cycle: Cycle, site: Site, now: float, *, thorough: bool) -> Watched:
    """How the rollout of `cycle` stands at `now`."""
    observed = _observed(cycle, site, now)
    plan = cycle.policy.rollout
    if thorough:
        verdicts = watch(observed, plan)
    else:
        assert isinstance(observed.differences, SignCounts)
        verdicts = (
            _quality(plan.margin, observed.differences),
            *(_errors(plan.more_errors, stretch) for stretch in observed.stretches),
        )
    return Watched(verdicts=verdicts, answers=observed.answers[cycle.stage])


def gate_verdict(
    margin: float, candidate: Flags, other: Flags, *, name: str, fewest: int, thorough: bool
) -> Verdict:
    """What `NoWorse` says of rows that either was right about; undecided on fewer than `fewest`."""
    counts = _signs(candidate, other)
    if counts.rows < fewest:
        counts = SignCounts()
    return NoWorse(margin=margin).judge(counts, name=name) if thorough else _screened(margin, counts, name)


def _quality(margin: float, counts: SignCounts) -> Verdict:
    """With its interval where it is decided: whether the candidate is better, and not only no worse, rests on it."""
    quick = _screened(margin, counts, QUALITY)
    return quick if quick.verdict == "undecided" else NoWorse(margin=margin).judge(counts, name=QUALITY)


def _screened(margin: float, counts: SignCounts, name: str) -> Verdict:
    policy = NoWorse(margin=margin)
    judgement: Judgement = "undecided"
    if counts.rows and counts.log_e_above(-margin) >= -log(policy.alpha):
        judgement = "pass"
    elif counts.rows and counts.log_e_below(0.0) >= -log(policy.alpha_fail):
        judgement = "fail"
    return _light(policy.code, name, judgement, counts.rows, value=counts.mean)


def _errors(tolerance: float, stretch: Stretch) -> Verdict:
    policy, errors = RateGuardrail(tolerance=tolerance), stretch.errors
    beyond = errors.mean is not None and errors.mean > tolerance
    if beyond and errors.log_e_above(tolerance) >= -log(spent(policy.alpha, stretch.number)):
        return policy.judge(errors, name=ERRORS, stretch=stretch.number)
    return _light(policy.code, ERRORS, "undecided", errors.rows, value=errors.mean)


def _light(code: str, name: str, judgement: Judgement, rows: int, *, value: float | None) -> Verdict:
    reason = f"{name}: {judgement} on {rows} rows"
    return Verdict(policy=code, name=name, verdict=judgement, reason=reason, rows=rows, value=value)


def _observed(cycle: Cycle, site: Site, now: float) -> Observed:
    """What `rollouts.observe` would count: rows that both saw, whom they served right, and on which either failed."""
    assert cycle.candidate is not None
    rows = np.flatnonzero(site.column("rollout") == cycle.number)
    champion, candidate = cycle.champion.number, cycle.candidate.number
    made = {number: site.answers(number)[rows] for number in (champion, candidate)}
    failing = {number: site.planted.failing(number, site.rows)[rows] for number in (champion, candidate)}
    answered_by = site.column("by_candidate")[rows] == 1
    seen = site.column("lone")[rows] == 0
    both = seen & ~failing[champion] & ~failing[candidate]
    known, truth = seen & site.mature(now)[rows], site.truth(now)[rows]
    right = {number: ((made[number] == truth) & ~failing[number])[known] for number in (champion, candidate)}
    shares = site.column("share")[rows]
    steps = cycle.policy.rollout.steps
    stretches = [(number, shares == share) for number, share in enumerate(steps, start=1)]
    return Observed(
        stretches=tuple(
            Stretch(
                number=number,
                errors=TwoRates(
                    candidate=Rate(hits=int(failing[candidate][here].sum()), rows=int(here.sum())),
                    champion=Rate(hits=int(failing[champion][here].sum()), rows=int(here.sum())),
                ),
                candidate_latency=_latency(int((here & answered_by).sum())),
                champion_latency=_latency(int((here & ~answered_by).sum())),
                made=PairedShares.of(made[candidate][here & both], made[champion][here & both], 2),
            )
            for number, here in stretches
            if here.any()
        ),
        differences=_signs(right[candidate], right[champion]),
        answers=tuple(int((answered_by & (shares == share)).sum()) for share in steps),
        pending=len(rows) - int(known.sum()),
    )


def _latency(rows: int) -> QuantileCounts:
    return QuantileCounts.of(np.full(rows, LATENCY_MS))


def _signs(candidate: Flags, other: Flags) -> SignCounts:
    """Rows on which only the one, or only the other, was right."""
    better, worse = int((candidate & ~other).sum()), int((other & ~candidate).sum())
    return SignCounts(worse=worse, same=len(candidate) - better - worse, better=better)
