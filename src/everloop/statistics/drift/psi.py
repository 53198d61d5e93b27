"""The population stability index: how far two histograms over the same bins lie apart."""

from statistics import NormalDist

import numpy as np
import numpy.typing as npt

Counts = npt.NDArray[np.integer]
Shares = npt.NDArray[np.float64]
FLOOR = 0.5  # observations that an empty bin counts as


def psi(reference: npt.ArrayLike, current: npt.ArrayLike, *, floor: float = FLOOR) -> float:
    """The index of two histograms: the sum of (q - p) ln(q / p) over the bins. At most one may be empty.

    An empty bin counts as `floor` observations: one unseen value must not make the index explode. A bin that is
    empty in both counts for nothing.

    >>> round(psi([90, 10], [50, 50]), 4)
    0.8789
    """
    p, q = _shares(reference, current, floor)
    return float(((q - p) * np.log(q / p)).sum())


def bias(reference: npt.ArrayLike, current: npt.ArrayLike) -> float:
    """How large the index of two samples of one population is on average (Yurdakul 2018): (k - 1) (1/n + 1/m).

    >>> round(bias([50, 50], [25, 25]), 3)
    0.03
    """
    before, after = _counts(reference, current)
    return max(0, len(before) - 1) * _noise(before, after)


def interval(
    reference: npt.ArrayLike, current: npt.ArrayLike, *, level: float = 0.95, floor: float = FLOOR
) -> tuple[float, float]:
    """An interval of the populations' index.

    Near 0 the index of samples follows a non-central chi-square, far from it a normal distribution by the delta
    method; the interval is the hull of both, so that it holds its level in between.
    """
    from scipy.special import chndtr, chndtrinc  # scipy is slow to import

    before, after = _counts(reference, current)
    p, q = _shares(reference, current, floor)
    found, noise, freedom = float(((q - p) * np.log(q / p)).sum()), _noise(before, after), len(before) - 1
    if freedom < 1:
        return 0.0, 0.0
    near_low, near_high = (
        float(chndtrinc(found / noise, freedom, tail)) * noise
        if chndtr(found / noise, freedom, 0) > tail
        else 0.0
        for tail in ((1 + level) / 2, (1 - level) / 2)
    )
    middle, half = (
        found - freedom * noise,
        NormalDist().inv_cdf((1 + level) / 2) * _deviation(p, q, before, after),
    )
    return max(0.0, min(near_low, middle - half)), max(near_high, middle + half)


def _deviation(p: Shares, q: Shares, before: Counts, after: Counts) -> float:
    """The index's standard deviation by the delta method."""
    by_current = np.log(q / p) + 1 - p / q
    by_reference = np.log(p / q) + 1 - q / p
    variance = _spread(q, by_current) / after.sum() + _spread(p, by_reference) / before.sum()
    return float(np.sqrt(max(0.0, variance)))


def _spread(shares: Shares, slope: Shares) -> float:
    return float((shares * slope * slope).sum() - (shares * slope).sum() ** 2)


def _noise(before: Counts, after: Counts) -> float:
    return float(1 / before.sum() + 1 / after.sum())


def _counts(reference: npt.ArrayLike, current: npt.ArrayLike) -> tuple[Counts, Counts]:
    """The bins in which at least one histogram has something."""
    before, after = np.asarray(reference), np.asarray(current)
    filled = before + after > 0
    return before[filled], after[filled]


def _shares(reference: npt.ArrayLike, current: npt.ArrayLike, floor: float) -> tuple[Shares, Shares]:
    before, after = (np.maximum(counts, floor) for counts in _counts(reference, current))
    return before / before.sum(), after / after.sum()
