"""The mean of values without known bounds: an asymptotic confidence sequence."""

from dataclasses import dataclass
from math import erfc, inf, log, pi, sqrt

import numpy as np
import numpy.typing as npt

from everloop.statistics.sequential.capital import largest_refuted

FIRST_LOOK = 100  # rows before which it claims nothing: it holds as a sum of many rows is normal
TIGHT_AT = 500  # rows at which its interval is narrowest, compared with one that looks once


@dataclass(frozen=True, slots=True, kw_only=True)
class Moments:
    """Number, mean and squares about the mean. They merge without loss of digits (Chan, Golub and LeVeque 1983).

    Valid as the rows grow many, whatever their distribution, if their variance is finite: Waudby-Smith, Arbour, Sinha,
    Kennedy and Ramdas 2024, Time-uniform central limit theory and asymptotic confidence sequences. One-sided evidence
    is the mixture of exp(l S - l^2 n / 2), for S the standardised sum, over half-normal l > 0 (Robbins 1970).
    """

    rows: int = 0
    average: float = 0.0
    squares: float = 0.0  # sum of squared distances from the average

    @classmethod
    def of(cls, values: npt.ArrayLike) -> "Moments":
        """Of these values."""
        found = np.asarray(values, dtype=np.float64)
        if not found.size:
            return cls()
        average = float(found.mean())
        return cls(rows=found.size, average=average, squares=float(((found - average) ** 2).sum()))

    @classmethod
    def of_sums(cls, rows: int, total: float, squares: float) -> "Moments":
        """From a number, a sum and a sum of squares, as a query gives them."""
        if not rows:
            return cls()
        return cls(rows=rows, average=total / rows, squares=max(0.0, squares - total * total / rows))

    def merge(self, other: "Moments") -> "Moments":
        """With the other's rows too."""
        rows = self.rows + other.rows
        if not rows:
            return self
        apart = other.average - self.average
        return Moments(
            rows=rows,
            average=self.average + apart * other.rows / rows,
            squares=self.squares + other.squares + apart * apart * self.rows * other.rows / rows,
        )

    @property
    def mean(self) -> float | None:
        """The mean; None without rows."""
        return self.average if self.rows else None

    @property
    def variance(self) -> float:
        """Of the rows; 0 without any."""
        return self.squares / self.rows if self.rows else 0.0

    @property
    def method(self) -> str:
        """Normal in the limit."""
        return "asymptotic"

    def log_e_above(self, null: float, *, times: float = 1.0) -> float:
        """Logarithm of the evidence against 'the mean is at most `null`'; 0 before the first look."""
        return self._log_e(self.average - null, self.rows * times)

    def log_e_below(self, null: float, *, times: float = 1.0) -> float:
        """Logarithm of the evidence against 'the mean is at least `null`'; 0 before the first look."""
        return self._log_e(null - self.average, self.rows * times)

    def lower(self, alpha: float) -> float:
        """A bound that is, at any moment, above the true mean with a chance of about `alpha`; at first -infinity."""
        return self.average - self._reach(alpha)

    def upper(self, alpha: float) -> float:
        """A bound that is, at any moment, below the true mean with a chance of about `alpha`; infinity at first."""
        return self.average + self._reach(alpha)

    def _log_e(self, apart: float, rows: float) -> float:
        if rows < FIRST_LOOK:
            return 0.0
        if self.squares == 0:
            return inf if apart > 0 else -inf if apart < 0 else 0.0
        return _log_half_normal(apart * rows / sqrt(self.variance), rows)

    def _reach(self, alpha: float) -> float:
        """How far the bounds are from the average."""
        if self.rows < FIRST_LOOK:
            return inf
        most = sqrt(self.variance)  # n standard deviations from a sum of n: farther than any bound
        return -largest_refuted(lambda at: self._log_e(-at, self.rows), -most, 0.0, alpha)


def _log_half_normal(total: float, rows: float) -> float:
    """Logarithm of 2 / sqrt(n r^2 + 1) exp(r^2 S^2 / (2 (n r^2 + 1))) Phi(r S / sqrt(n r^2 + 1))."""
    wide = _width_squared()
    scale = rows * wide + 1
    place = total * sqrt(wide / scale)
    return log(2) - log(scale) / 2 + place * place / 2 + _log_normal_cdf(place)


def _width_squared(alpha: float = 0.05) -> float:
    """The mixture's variance that makes the interval narrowest at TIGHT_AT rows (their equation 10)."""
    return (-2 * log(alpha) + log(1 - 2 * log(alpha))) / TIGHT_AT


def _log_normal_cdf(place: float) -> float:
    if place > -30:
        return log(erfc(-place / sqrt(2)) / 2)
    return -place * place / 2 - log(-place * sqrt(2 * pi))  # Mills' ratio, far in the tail
