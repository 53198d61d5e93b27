"""What the ledger of a simulated endpoint shows of a rollout: the counts that `rollouts.observe` would make."""

from functools import lru_cache

import numpy as np
import numpy.typing as npt

from everloop.records.cycle import Cycle
from everloop.rollouts.frame import CENTRE_ROWS
from everloop.rollouts.observed import Observed, Stretch
from everloop.rollouts.quality import Differences
from everloop.statistics.sequential.quantile import QuantileCounts
from everloop.statistics.sequential.randomised_effect import RandomisedEffect
from everloop.statistics.sequential.rate import Rate
from everloop.statistics.sequential.sign_counts import SignCounts
from everloop.statistics.sequential.two_rates import TwoRates
from everloop.statistics.sequential.two_shares import PairedShares
from everloop.testing.simulator.site import Flags, Site

LATENCY_MS = 5.0  # of every answer that is not planted to be slower

Rows = npt.NDArray[np.int64]


def observed(cycle: Cycle, site: Site, now: float) -> Observed:
    """Rows that both saw, whom they served right, on which either failed, and what either made of them."""
    assert cycle.candidate is not None
    rows = np.flatnonzero(site.column("rollout") == cycle.number)
    champion, candidate = cycle.champion.number, cycle.candidate.number
    made = {number: site.answers(number, live=True)[rows] for number in (champion, candidate)}
    failing = {number: site.planted.failing(number, site.rows)[rows] for number in (champion, candidate)}
    answered_by = site.column("by_candidate")[rows] == 1
    both = (site.column("lone")[rows] == 0) & ~failing[champion] & ~failing[candidate]
    shares = site.column("share")[rows]
    steps = cycle.policy.rollout.steps
    stretches = [(number, shares == share) for number, share in enumerate(steps, start=1)]
    slower = {number: site.planted.qualities[number].slower_ms for number in (champion, candidate)}
    return Observed(
        stretches=tuple(
            Stretch(
                number=number,
                errors=TwoRates(
                    candidate=_rate(failing[candidate][here]), champion=_rate(failing[champion][here])
                ),
                candidate_latency=_latency(slower[candidate], int((here & answered_by).sum())),
                champion_latency=_latency(slower[champion], int((here & ~answered_by).sum())),
                made=PairedShares.of(made[candidate][here & both], made[champion][here & both], 2),
            )
            for number, here in stretches
            if here.any()
        ),
        differences=_paired(cycle, site, now, rows, made, failing)
        if site.target.truth == "fixed"
        else _randomised(
            site, now, rows, answered_by, np.where(answered_by, failing[candidate], failing[champion])
        ),
        answers=tuple(int((answered_by & (shares == share)).sum()) for share in steps),
        pending=len(rows) - int(site.mature(now)[rows].sum()),
    )


def signs(candidate: Flags, other: Flags) -> SignCounts:
    """Rows on which only the one, or only the other, was right."""
    better, worse = int((candidate & ~other).sum()), int((other & ~candidate).sum())
    return SignCounts(worse=worse, same=len(candidate) - better - worse, better=better)


def _paired(
    cycle: Cycle, site: Site, now: float, rows: Rows, made: dict[int, Rows], failing: dict[int, Flags]
) -> Differences:
    """Of rows that both saw. Who failed on a row was not right."""
    assert cycle.candidate is not None
    known, truth = (site.column("lone")[rows] == 0) & site.mature(now)[rows], site.truth(now)[rows]
    right = {number: ((made[number] == truth) & ~failing[number])[known] for number in made}
    return signs(right[cycle.candidate.number], right[cycle.champion.number])


def _randomised(site: Site, now: float, rows: Rows, own: Flags, failed: Flags) -> Differences:
    """Of rows that either could have answered, in the order in which their truth was known."""
    shares = site.column("share")[rows]
    known = site.mature(now)[rows] & (shares > 0) & (shares < 1)
    within = site.target.within
    since = site.column("served_at") if within is not None else site.column("learned_at")
    order = np.argsort(since[rows][known], kind="stable")
    scores = (site.truth(now)[rows] * ~failed)[known][order].astype(np.float64)
    own, shares = own[known][order], shares[known][order]
    centre = float(scores[:CENTRE_ROWS].mean()) if len(scores) else 0.0
    own, shares, scores = own[CENTRE_ROWS:], shares[CENTRE_ROWS:], scores[CENTRE_ROWS:]
    effect = RandomisedEffect(low=0.0, high=1.0, points=2, centre=centre)
    for share in np.unique(shares):
        at = shares == share
        effect = effect.with_rows(float(share), scores[at & own], scores[at & ~own])
    return effect


def _rate(hits: Flags) -> Rate:
    return Rate(hits=int(hits.sum()), rows=len(hits))


@lru_cache(maxsize=4096)
def _latency(slower_ms: float, rows: int) -> QuantileCounts:
    return QuantileCounts.of(np.full(rows, LATENCY_MS + slower_ms))
