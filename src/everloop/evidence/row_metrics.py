"""Metrics that are means over rows: each row has a score of its own, so that two models can be compared row by row."""

import numpy as np

from everloop.evidence.estimate import Estimate
from everloop.evidence.scored_rows import Numbers, ScoredRows
from everloop.statistics.intervals import student, wilson

LEAST_CHANCE = 1e-15  # a probability of 0 for what happened costs 34.5, not infinity


def right(rows: ScoredRows) -> Numbers:
    """1 where the answer is the truth, else 0."""
    return np.asarray(rows.answers == rows.truth, dtype=np.float64)


def absolute_errors(rows: ScoredRows) -> Numbers:
    """How far each answer is from its truth."""
    return np.abs(rows.answers - rows.truth)


def squared_errors(rows: ScoredRows) -> Numbers:
    """The square of that."""
    squared: Numbers = (rows.answers - rows.truth) ** 2
    return squared


def relative_errors(rows: ScoredRows) -> Numbers:
    """How far each answer is from its truth, as a share of the truth. Not defined, NaN, where that is 0."""
    sizes = np.abs(rows.truth)
    none: Numbers = np.full(len(sizes), np.nan)
    return np.divide(absolute_errors(rows), sizes, out=none, where=sizes > 0)


def surprises(rows: ScoredRows) -> Numbers:
    """Minus the logarithm of the probability that the truth was given."""
    chances = rows.chances / rows.chances.sum(axis=1, keepdims=True)
    given = np.take_along_axis(chances, rows.truth.astype(np.int64)[:, None], axis=1)[:, 0]
    costs: Numbers = -np.log(np.clip(given, LEAST_CHANCE, 1.0))
    return costs


def brier_scores(rows: ScoredRows) -> Numbers:
    """Squared distance of the probabilities from the truth; of two classes, that of the positive one's (Brier 1950)."""
    happened = np.eye(rows.classes)[rows.truth.astype(np.int64)]
    squares = (rows.chances - happened) ** 2
    scores: Numbers = squares[:, 1] if rows.classes == 2 else squares.sum(axis=1)
    return scores


def share_estimate(name: str, scores: Numbers, level: float) -> Estimate | None:
    """A mean of zeros and ones, with Wilson's interval; None without rows."""
    if not len(scores):
        return None
    low, high = wilson(int(scores.sum()), len(scores), level)
    return Estimate(
        metric=name, value=float(scores.mean()), low=low, high=high, rows=len(scores), level=level
    )


def mean_estimate(name: str, scores: Numbers, level: float) -> Estimate | None:
    """A mean of scores that are never below 0, with Student's interval; None for fewer than two."""
    defined = scores[~np.isnan(scores)]
    if len(defined) < 2:
        return None
    low, high = student(defined, level)
    return Estimate(
        metric=name,
        value=float(defined.mean()),
        low=max(0.0, low),
        high=high,
        rows=len(defined),
        level=level,
        method="student",
    )
