"""Intervals for one look: of a share, of a mean, of a mean of shares, of a difference."""

from collections.abc import Sequence
from math import sqrt
from statistics import NormalDist

import numpy as np
import numpy.typing as npt

Interval = tuple[float, float]


def wilson(hits: int, rows: int, level: float) -> Interval:
    """Of a share, by Wilson's score (1927): near its level on average, also near 0 and 1. Without rows: 0 to 1.

    >>> [round(bound, 3) for bound in wilson(8, 10, 0.95)]
    [0.49, 0.943]
    """
    if rows == 0:
        return 0.0, 1.0
    share, z = hits / rows, NormalDist().inv_cdf((1 + level) / 2)
    centre = (share + z * z / (2 * rows)) / (1 + z * z / rows)
    half = z / (1 + z * z / rows) * sqrt(share * (1 - share) / rows + z * z / (4 * rows * rows))
    low = 0.0 if hits == 0 else max(0.0, centre - half)
    return low, 1.0 if hits == rows else min(1.0, centre + half)


def clopper_pearson(hits: int, rows: int, level: float) -> Interval:
    """Of a share, exactly: it holds the true one at least as often as it says (Clopper and Pearson 1934).

    >>> [round(bound, 4) for bound in clopper_pearson(0, 10, 0.95)]
    [0.0, 0.3085]
    """
    from scipy.special import betaincinv

    side = (1 - level) / 2
    low = 0.0 if hits == 0 else float(betaincinv(hits, rows - hits + 1, side))
    return low, 1.0 if hits == rows else float(betaincinv(hits + 1, rows - hits, 1 - side))


def student(values: npt.ArrayLike, level: float) -> Interval:
    """Of the mean of independent values (Student 1908); needs two of them.

    >>> [round(bound, 3) for bound in student([1.0, 3.0], 0.95)]
    [-10.706, 14.706]
    """
    from scipy.special import stdtrit  # not at the top: it takes longer to import than all else here

    found = np.asarray(values, dtype=np.float64)
    quantile = float(stdtrit(len(found) - 1, (1 + level) / 2))
    half = quantile * float(found.std(ddof=1)) / sqrt(len(found))
    return float(found.mean()) - half, float(found.mean()) + half


def mover(values: Sequence[float], intervals: Sequence[Interval]) -> Interval:
    """Of the mean of independent estimates, from an interval of each (Zou and Donner 2008).

    Their distances to their bounds add as lengths at right angles do, so that skewed intervals give a skewed one.

    >>> mover([0.5, 0.5], [(0.2, 0.9), (0.1, 0.8)])
    (0.25, 0.75)
    """
    mean, count = sum(values) / len(values), len(values)
    down = sqrt(sum((v - low) ** 2 for v, (low, _) in zip(values, intervals, strict=True)))
    up = sqrt(sum((high - v) ** 2 for v, (_, high) in zip(values, intervals, strict=True)))
    return mean - down / count, mean + up / count


def paired_shares(won: int, lost: int, rows: int, level: float) -> Interval:
    """Of the difference of two shares on the same rows, of which `won` speak for the one and `lost` for the other.

    Wald's with half a row in each of the four cells (Agresti and Min 2005), which holds its level also where few rows
    speak at all. Without rows: -1 to 1.

    >>> [round(bound, 4) for bound in paired_shares(10, 2, 100, 0.95)]
    [0.0108, 0.146]
    """
    if rows == 0:
        return -1.0, 1.0
    ours, theirs, count = won + 0.5, lost + 0.5, rows + 2
    centre = (ours - theirs) / count
    spread = sqrt(ours + theirs - (ours - theirs) ** 2 / count) / count
    half = NormalDist().inv_cdf((1 + level) / 2) * spread
    return max(-1.0, centre - half), min(1.0, centre + half)


def difference(ours: float, our: Interval, theirs: float, their: Interval) -> Interval:
    """Of the difference of two independent estimates, from an interval of each, as `mover` (Newcombe 1998).

    >>> [round(bound, 3) for bound in difference(0.5, (0.2, 0.9), 0.1, (0.0, 0.4))]
    [-0.024, 0.812]
    """
    down = sqrt((ours - our[0]) ** 2 + (their[1] - theirs) ** 2)
    up = sqrt((our[1] - ours) ** 2 + (theirs - their[0]) ** 2)
    return ours - theirs - down, ours - theirs + up
