"""The distance of Kolmogorov and Smirnov between two samples of numbers: exact, with ties, and fast.

One sample is prepared once (`sorted_sample`), so that comparing another with it costs that one's sort and a search.
"""

from dataclasses import dataclass, field
from math import e, exp, log, sqrt

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.floating]
FEW = 4  # where the reference has so many times fewer different values, its points are looked up instead


@dataclass(frozen=True, slots=True)
class SortedSample:
    """A sample's different values, rising, and before each place how many rows lie below: one more than values."""

    values: Numbers
    below: npt.NDArray[np.int64]
    shares: npt.NDArray[np.float64] = field(init=False, repr=False)  # below, as shares of the rows

    def __post_init__(self) -> None:
        object.__setattr__(self, "shares", self.below / max(1, self.rows))

    @property
    def rows(self) -> int:
        """How many rows the sample has."""
        return int(self.below[-1])


def sorted_sample(values: Numbers) -> SortedSample:
    """`values`, finite numbers in any order, prepared to be compared with."""
    different, counts = np.unique(values, return_counts=True)
    return SortedSample(different, np.concatenate(([0], np.cumsum(counts, dtype=np.int64))))


def distance(reference: SortedSample, current: Numbers) -> float:
    """The largest difference of the two distribution functions. `current` is sorted; neither may be empty.

    Equal numbers count together, so that ties make the distance no larger.

    >>> distance(sorted_sample(np.array([1.0, 2.0, 3.0, 4.0])), np.array([3.0, 4.0]))
    0.5
    """
    if FEW * len(reference.values) < len(current):
        return _at_reference(reference, current)
    places = np.searchsorted(reference.values, current, side="right")
    known = reference.values[np.maximum(places, 1) - 1] == current
    rising = np.arange(len(current) + 1) / len(current)
    above = rising[1:] - reference.shares[places]
    below = reference.shares[places - known] - rising[:-1]
    return float(max(above.max(), below.max(), 0.0))


def p_value(found: float, reference_rows: int, current_rows: int) -> float:
    """At most this often are two samples of one population so far apart.

    The inequality of Dvoretzky, Kiefer and Wolfowitz for two samples, with the constant e for which Wei and Dudley
    (2012) show it at every size of equal samples; ties make it the safer.

    >>> p_value(0.0, 10, 10)
    1.0
    """
    return min(1.0, e * exp(-2 * found * found * _effective(reference_rows, current_rows)))


def interval(
    found: float, reference_rows: int, current_rows: int, level: float = 0.95
) -> tuple[float, float]:
    """The band of the same inequality around the distance, cut to 0 and 1."""
    half = sqrt(log(2 / (1 - level)) / (2 * _effective(reference_rows, current_rows)))
    return max(0.0, found - half), min(1.0, found + half)


def _at_reference(reference: SortedSample, current: Numbers) -> float:
    """The same distance, looked up where the reference has points; they are few."""
    up_to = np.searchsorted(current, reference.values, side="right") / len(current)
    before = np.searchsorted(current, reference.values, side="left") / len(current)
    shares = reference.shares
    return float(max((shares[1:] - up_to).max(), (before - shares[:-1]).max(), 0.0))


def _effective(reference_rows: int, current_rows: int) -> float:
    return reference_rows * current_rows / (reference_rows + current_rows)
