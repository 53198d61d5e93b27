"""How much better the candidate's answers turned out than the champion's."""

import numpy as np
import pyarrow as pa

from everloop.ledger.arrow import Column, pc
from everloop.records.routes import CANDIDATE, CHAMPION
from everloop.rollouts.scores import Scorer
from everloop.statistics.sequential.moments import Moments
from everloop.statistics.sequential.randomised_effect import RandomisedEffect
from everloop.statistics.sequential.sign_counts import SignCounts

Differences = SignCounts | Moments | RandomisedEffect  # the candidate's score less the champion's

CENTRE_ROWS = 50  # the first to be known, from which the effect's centre is taken; they count no further


def paired(rows: pa.Table, scorer: Scorer) -> Differences:
    """Fixed truth: the differences on rows that both saw, whoever answered. Above 0 where the candidate is better."""
    known = pc.and_(rows["truth"].is_valid(), pc.and_(rows["champion_seen"], rows["candidate_seen"]))
    rows = rows.filter(known)
    differences = scorer.scores(rows, CANDIDATE) - scorer.scores(rows, CHAMPION)
    differences = differences[np.isfinite(differences)]
    return SignCounts.of(differences) if scorer.counts_right else Moments.of(differences)


def randomised(rows: pa.Table, scorer: Scorer) -> Differences:
    """A reaction: what being answered by the candidate did, over those whom chance gave to either.

    A caller counts once, by the first answer that it got: chance chose once for all its requests. Requests without a
    key are callers of their own.
    """
    rows = _first_of_callers(rows)
    rows = rows.filter(pc.and_(rows["truth"].is_valid(), _was_random(rows)))
    rows = rows.take(pc.sort_indices(pc.coalesce(rows["mature_at"], rows["learned_at"])))
    own, shares = np.asarray(pc.equal(rows["variant"], CANDIDATE)), np.asarray(rows["candidate_share"])
    scores = np.where(own, scorer.scores(rows, CANDIDATE), scorer.scores(rows, CHAMPION))
    own, shares, scores = (values[np.isfinite(scores)] for values in (own, shares, scores))
    centre = float(scores[:CENTRE_ROWS].mean()) if len(scores) else 0.0
    own, shares, scores = own[CENTRE_ROWS:], shares[CENTRE_ROWS:], scores[CENTRE_ROWS:]
    if not scorer.counts_right:
        return Moments.of((scores - centre) * np.where(own, 1 / shares, -1 / (1 - shares)))
    effect = RandomisedEffect(low=0.0, high=1.0, points=2, centre=centre)
    for share in np.unique(shares):
        at = shares == share
        effect = effect.with_rows(float(share), scores[at & own], scores[at & ~own])
    return effect


def _first_of_callers(rows: pa.Table) -> pa.Table:
    """The rows of no known caller, and the first row of each that is known; `rows` are in the order of time."""
    keys = rows["key_hash"].to_numpy()
    known = np.flatnonzero(keys != "")
    _, first = np.unique(keys[known], return_index=True)
    kept = keys == ""
    kept[known[first]] = True
    return rows.filter(pa.array(kept))


def _was_random(rows: pa.Table) -> Column:
    """Whether either could have answered."""
    share = rows["candidate_share"]
    either = pc.is_in(rows["variant"], value_set=pa.array([CHAMPION, CANDIDATE]))
    return pc.and_(either, pc.and_(pc.greater(share, 0.0), pc.less(share, 1.0)))
