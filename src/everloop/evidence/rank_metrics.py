"""The area under the ROC curve: how often a row of a class is ranked above one that is not."""

from math import exp, log, sqrt
from statistics import NormalDist

import numpy as np

from everloop.evidence.estimate import Estimate
from everloop.evidence.scored_rows import Numbers, ScoredRows


def area(rows: ScoredRows, weights: Numbers) -> Numbers:
    """For each draw of weights [draws, rows]: of the positive class, or the mean of each class against the rest.

    NaN where a class that occurs has no row against it.
    """
    areas = [_area(rows.chances[:, c], rows.truth == c, weights) for c in _classes(rows)]
    return np.mean(areas, axis=0) if areas else np.full(len(weights), np.nan)


def area_estimate(name: str, rows: ScoredRows, level: float) -> Estimate | None:
    """With the interval of DeLong, DeLong and Clarke-Pearson 1988, on the scale of the logarithm of the odds.

    Several classes share their rows: the variance is that of the mean of their parts, row by row. Where all rows are
    in order, nothing varies: the lower bound is then that of as many hits as the smaller side has rows. None where no
    class has rows on both sides.
    """
    classes = _classes(rows)
    if not classes:
        return None
    parts = [_parts(rows.chances[:, c], rows.truth == c) for c in classes]
    value = float(np.mean([found for found, _ in parts]))
    spread = sqrt(float((np.mean([own for _, own in parts], axis=0) ** 2).sum()))
    z = NormalDist().inv_cdf((1 + level) / 2)
    if value in (0.0, 1.0) or spread == 0:
        fewest = min(min((rows.truth == c).sum(), (rows.truth != c).sum()) for c in classes)
        reach = 1 - ((1 - level) / 2) ** (1 / int(fewest))
        low, high = max(0.0, value - reach), min(1.0, value + reach)
    else:
        odds, half = log(value / (1 - value)), z * spread / (value * (1 - value))
        low, high = 1 / (1 + exp(half - odds)), 1 / (1 + exp(-half - odds))
    return Estimate(
        metric=name, value=value, low=low, high=high, rows=len(rows), level=level, method="delong"
    )


def _classes(rows: ScoredRows) -> list[int]:
    """Those with rows on both sides: of two classes the positive one alone."""
    asked = [1] if rows.classes == 2 else range(rows.classes)
    return [c for c in asked if 0 < (rows.truth == c).sum() < len(rows)]


def _area(
    scores: Numbers, positive: "np.ndarray[tuple[int], np.dtype[np.bool_]]", weights: Numbers
) -> Numbers:
    """Mann and Whitney's statistic over all pairs, ties half."""
    _, place = np.unique(scores, return_inverse=True)
    kinds = place.max() + 1
    ups, downs = (
        np.stack([np.bincount(place, weights=w * side, minlength=kinds) for w in weights])
        for side in (positive, ~positive)
    )
    below = np.cumsum(downs, axis=1) - downs / 2
    with np.errstate(invalid="ignore", divide="ignore"):
        found: Numbers = (ups * below).sum(axis=1) / (ups.sum(axis=1) * downs.sum(axis=1))
    return found


def _parts(scores: Numbers, positive: "np.ndarray[tuple[int], np.dtype[np.bool_]]") -> tuple[float, Numbers]:
    """The area, and what each row adds to its error: the square root of its part of the variance, with its sign."""
    from scipy.stats import rankdata

    ups, downs = int(positive.sum()), int((~positive).sum())
    everywhere = rankdata(scores)
    placed = np.empty(len(scores))
    placed[positive] = (everywhere[positive] - rankdata(scores[positive])) / downs
    placed[~positive] = 1 - (everywhere[~positive] - rankdata(scores[~positive])) / ups
    found = float(placed[positive].mean())
    own = np.where(
        positive,
        (placed - found) / sqrt(ups * max(ups - 1, 1)),
        (placed - found) / sqrt(downs * max(downs - 1, 1)),
    )
    return found, own
