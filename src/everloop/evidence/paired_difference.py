"""By how much one model is better than another on the same rows, for one look."""

import numpy as np

from everloop.errors import InvalidRequest
from everloop.evidence.estimate import LEVEL, Estimate
from everloop.evidence.metrics import Metric
from everloop.evidence.scored_rows import Numbers, ScoredRows
from everloop.statistics.bootstrap import bca
from everloop.statistics.intervals import paired_shares, student


def paired_bootstrap(
    metric: Metric,
    ours: ScoredRows,
    theirs: ScoredRows,
    *,
    level: float = LEVEL,
    draws: int = 2_000,
    seed: int = 0,
) -> Estimate | None:
    """Our metric less theirs, in the direction of better, with a BCa interval: each draw gives both the same rows.

    None without rows, or where the difference is not defined. Raises InvalidRequest where the rows are not the same
    ones. For tests that hold at every look see `statistics.sequential`.
    """
    if not np.array_equal(ours.truth, theirs.truth):
        raise InvalidRequest("Two models are compared on the same rows, and these have other truths.")
    sign = 1.0 if metric.higher_is_better else -1.0

    def difference(weights: Numbers) -> Numbers:
        return sign * (metric.weighted(ours, weights) - metric.weighted(theirs, weights))

    value = float(difference(np.ones((1, len(ours))))[0]) if len(ours) else np.nan
    if not np.isfinite(value):
        return None
    low, high = bca(difference, np.ones(len(ours)), level=level, draws=draws, seed=seed)
    return Estimate(
        metric=metric.name, value=value, low=low, high=high, rows=len(ours), level=level, method="bootstrap"
    )


def paired_mean(metric: Metric, ours: Numbers, theirs: Numbers, *, level: float = LEVEL) -> Estimate | None:
    """The same where the metric is a mean of rows, from the score of each row: thousands of them cost nothing.

    Scores of 0 and 1 by Agresti and Min's interval, others by Student's. None for fewer than two rows.
    """
    gains = metric.gains(ours, theirs)
    rows = len(gains)
    if rows < 2:
        return None
    flags = metric.name == "accuracy"
    low, high = (
        paired_shares(int((gains > 0).sum()), int((gains < 0).sum()), rows, level)
        if flags
        else student(gains, level)
    )
    return Estimate(
        metric=metric.name,
        value=float(gains.mean()),
        low=low,
        high=high,
        rows=rows,
        level=level,
        method="agresti-min" if flags else "student",
    )
