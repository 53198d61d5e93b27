"""Metrics of numbers that are functions of means over rows: the root of squared errors, and what is explained."""

from math import exp, log, sqrt

import numpy as np

from everloop.evidence.estimate import Estimate
from everloop.evidence.row_metrics import mean_estimate, squared_errors
from everloop.evidence.scored_rows import Numbers, ScoredRows


def root_of_squares(rows: ScoredRows, weights: Numbers) -> Numbers:
    """For each draw of weights [draws, rows], the root of the mean squared error."""
    root: Numbers = np.sqrt(weights @ squared_errors(rows) / weights.sum(axis=1))
    return root


def explained(rows: ScoredRows, weights: Numbers) -> Numbers:
    """For each draw, the share of the truth's variance that the answers explain; NaN where it does not vary."""
    counts = weights.sum(axis=1)
    mean = weights @ rows.truth / counts
    spread = ((rows.truth - mean[:, None]) ** 2 * weights).sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        share: Numbers = 1 - np.where(spread > 0, weights @ squared_errors(rows) / spread, np.nan)
    return share


def root_estimate(name: str, rows: ScoredRows, level: float) -> Estimate | None:
    """With the roots of the bounds of the mean square; None for fewer than two rows."""
    squares = mean_estimate(name, squared_errors(rows), level)
    if squares is None:
        return None
    return Estimate(
        metric=name,
        value=sqrt(squares.value),
        low=sqrt(squares.low),
        high=sqrt(squares.high),
        rows=squares.rows,
        level=level,
        method="student",
    )


def explained_estimate(name: str, rows: ScoredRows, level: float) -> Estimate | None:
    """With the interval of the logarithm of what is *not* explained, by the delta method (Cramer 1946).

    None for fewer than three rows, and where the truth does not vary. Without any error the interval has no width.
    """
    from scipy.special import stdtrit

    count, squares = len(rows), squared_errors(rows)
    apart = (rows.truth - rows.truth.mean()) ** 2 if count else squares
    if count < 3 or apart.sum() == 0:
        return None
    value = 1 - float(squares.sum() / apart.sum())
    if value == 1:
        return Estimate(metric=name, value=1.0, low=1.0, high=1.0, rows=count, level=level, method="delta")
    per_row = squares / squares.mean() - apart / apart.mean()
    half = float(stdtrit(count - 2, (1 + level) / 2)) * float(per_row.std(ddof=2)) / sqrt(count)
    rest = log(1 - value)
    return Estimate(
        metric=name,
        value=value,
        low=1 - exp(rest + half),
        high=1 - exp(rest - half),
        rows=count,
        level=level,
        method="delta",
    )
