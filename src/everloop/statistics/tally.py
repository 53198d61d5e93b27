"""Scores of rows added up: all that a test of their mean needs, in any order."""

from dataclasses import dataclass
from math import sqrt

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """Rows, and the sum and the sum of squares of their scores."""

    rows: int = 0
    total: float = 0.0
    squares: float = 0.0

    @property
    def mean(self) -> float:
        """The mean score; there must be a row."""
        return self.total / self.rows

    def plus(self, other: "Tally") -> "Tally":
        """Both together."""
        return Tally(
            rows=self.rows + other.rows,
            total=self.total + other.total,
            squares=self.squares + other.squares,
        )


def tally(scores: npt.ArrayLike) -> Tally:
    """The tally of these scores.

    >>> tally([1, 0, 1])
    Tally(rows=3, total=2.0, squares=2.0)
    """
    found = np.asarray(scores, np.float64)
    return Tally(rows=len(found), total=float(found.sum()), squares=float((found * found).sum()))


def chance_of_so_few(found: Tally, rate: float) -> float:
    """How often rows that are right with chance `rate`, or more, are right so rarely: the binomial tail, exact."""
    from scipy.special import bdtr  # scipy is slow to import

    if rate <= 0 or found.rows == 0:
        return 1.0
    return float(bdtr(round(found.total), found.rows, min(rate, 1.0)))


def chance_of_so_much(found: Tally, mean: float) -> float:
    """How often scores whose mean is `mean`, or less, have so large a mean: Student's test, one-sided.

    For errors, which are skewed to the right, it errs on the side of too large a chance. Fewer than two rows: 1.
    """
    from scipy.special import stdtr  # scipy is slow to import

    if found.rows < 2:
        return 1.0
    deviation = standard_error(found)
    if deviation == 0:
        return 0.0 if found.mean > mean else 1.0
    return float(stdtr(found.rows - 1, -(found.mean - mean) / deviation))


def standard_error(found: Tally) -> float:
    """Of the mean; there must be two rows."""
    variance = max(0.0, found.squares - found.rows * found.mean**2) / (found.rows - 1)
    return sqrt(variance / found.rows)
