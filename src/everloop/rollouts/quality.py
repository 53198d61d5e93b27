"""How much better the candidate's answers turned out than the champion's."""

import numpy as np

from everloop.ledger.arrow import Numbers
from everloop.rollouts.frame import CANDIDATE, CHAMPION, Frame, counts, own_scores
from everloop.rollouts.scores import Scorer
from everloop.statistics.sequential.moments import Moments
from everloop.statistics.sequential.randomised_effect import RandomisedEffect
from everloop.statistics.sequential.sign_counts import SignCounts

Differences = SignCounts | Moments | RandomisedEffect  # the candidate's score less the champion's


def paired(rows: Numbers, scorer: Scorer) -> Numbers:
    """Fixed truth: the differences on rows that both saw, whoever answered, and that neither was fitted on.

    Above 0 where the candidate is better.
    """
    final, _ = scorer.truths(rows)
    rows = rows[final & rows["seen"].all(axis=1) & ~rows["taught"]]
    differences: Numbers = scorer.scores(rows, CANDIDATE) - scorer.scores(rows, CHAMPION)
    return differences[np.isfinite(differences)]


def randomised(rows: Numbers, scorer: Scorer) -> tuple[Numbers, Numbers, Numbers]:
    """A reaction: score, candidate's share, and whether the candidate answered, of those whom chance gave to either.

    A caller counts once, by the first answer that it got: chance chose once for all its requests. Requests without a
    key are callers of their own. The rows that the centre rests on do not count.
    """
    rows = rows[counts(rows, scorer) & ~rows["central"]]
    return own_scores(rows, scorer), rows["share"], rows["by"] == CANDIDATE


def weighed(scores: Numbers, shares: Numbers, own: Numbers, frame: Frame) -> Numbers:
    """Each score about the centre, by the inverse of the chance of who answered."""
    weighted: Numbers = (scores - frame.centre) * np.where(own, 1 / shares, -1 / (1 - shares))
    return weighted
