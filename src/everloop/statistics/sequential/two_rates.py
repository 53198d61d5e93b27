"""Two rates side by side, from counts of their own: how much higher the one is than the other."""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from everloop.statistics.sequential.capital import STEPS, Numbers, largest_refuted
from everloop.statistics.sequential.rate import Rate

NOTHING = Rate()
PRIOR = 0.5  # Jeffreys' beta(1/2, 1/2)


@dataclass(frozen=True, slots=True, kw_only=True)
class TwoRates:
    """Hits and rows of a candidate and a champion. Its mean is the difference of their rates, candidate's first.

    The arms may differ in size, and who gets the next row may depend on all before. Evidence is universal inference:
    the probability of the counts under a mixture of all pairs of rates over the largest probability that the null
    allows (Wasserman, Ramdas and Balakrishnan 2020), with the beta mixture of Robbins 1970. Rows are taken to be
    independent, and rates to stand still while counted: begin a new state when shares change, and judge the several
    by `log_restarted`.
    """

    candidate: Rate = NOTHING
    champion: Rate = NOTHING

    def with_counts(self, *, candidate: Rate = NOTHING, champion: Rate = NOTHING) -> "TwoRates":
        """With so many rows more."""
        return replace(
            self, candidate=self.candidate.merge(candidate), champion=self.champion.merge(champion)
        )

    def merge(self, other: "TwoRates") -> "TwoRates":
        """With the other's rows too."""
        return self.with_counts(candidate=other.candidate, champion=other.champion)

    @property
    def rows(self) -> int:
        """Rows of both arms."""
        return self.candidate.rows + self.champion.rows

    @property
    def mean(self) -> float | None:
        """The difference of the rates; None while an arm has no rows."""
        candidate, champion = self.candidate.mean, self.champion.mean
        return None if candidate is None or champion is None else candidate - champion

    @property
    def method(self) -> str:
        """Universal inference."""
        return "universal"

    def log_e_above(self, null: float) -> float:
        """Logarithm of the evidence against 'the difference is at most `null`'."""
        return float(log_e_difference(*self._counts(), null))

    def log_e_below(self, null: float) -> float:
        """Logarithm of the evidence against 'the difference is at least `null`'."""
        hits, rows, others, other_rows = self._counts()
        return float(log_e_difference(others, other_rows, hits, rows, -null))

    def lower(self, alpha: float) -> float:
        """A bound that is, at any moment, above the true difference with a chance of at most `alpha`."""
        return largest_refuted(self.log_e_above, -1.0, 1.0, alpha)

    def upper(self, alpha: float) -> float:
        """A bound that is, at any moment, below the true difference with a chance of at most `alpha`."""
        return -largest_refuted(lambda null: self.log_e_below(-null), -1.0, 1.0, alpha)

    def _counts(self) -> tuple[int, int, int, int]:
        return self.candidate.hits, self.candidate.rows, self.champion.hits, self.champion.rows


def log_e_difference(
    hits: npt.ArrayLike, rows: npt.ArrayLike, others: npt.ArrayLike, other_rows: npt.ArrayLike, null: float
) -> Numbers:
    """Logarithm of the evidence against 'the first rate is at most `null` above the second'; counts of any shape."""
    k, n, j, m = (np.asarray(counts, dtype=np.float64) for counts in (hits, rows, others, other_rows))
    first, second = _likeliest(k, n, j, m, null)
    evidence: Numbers = (
        _log_mixture(k, n) + _log_mixture(j, m) - _log_likelihood(k, n, first) - _log_likelihood(j, m, second)
    )
    return evidence


def _likeliest(k: Numbers, n: Numbers, j: Numbers, m: Numbers, null: float) -> tuple[Numbers, Numbers]:
    """The likeliest pair of rates whose difference is at most `null`: on the border where the free pair is beyond it.

    On the border the likelihood is concave in the second rate: bisection finds where its slope changes sign.
    """
    first, second = k / np.maximum(n, 1), j / np.maximum(m, 1)
    low = np.full(np.broadcast(k, j).shape, max(0.0, -null))
    high = np.full(low.shape, min(1.0, 1.0 - null))
    for _ in range(STEPS):
        middle = (low + high) / 2
        rising = _slope(k, n, middle + null) + _slope(j, m, middle) > 0
        low, high = np.where(rising, middle, low), np.where(rising, high, middle)
    border = (low + high) / 2
    free = (n > 0) & (m > 0) & (first - second <= null)
    return np.where(free, first, np.clip(border + null, 0, 1)), np.where(free, second, np.clip(border, 0, 1))


def _slope(hits: Numbers, rows: Numbers, rate: Numbers) -> Numbers:
    with np.errstate(divide="ignore", invalid="ignore"):
        up = np.where(hits > 0, hits / rate, 0.0)
        down = np.where(rows > hits, (rows - hits) / (1 - rate), 0.0)
    slope: Numbers = up - down
    return slope


def _log_likelihood(hits: Numbers, rows: Numbers, rate: Numbers) -> Numbers:
    with np.errstate(divide="ignore", invalid="ignore"):
        up = np.where(hits > 0, hits * np.log(rate), 0.0)
        down = np.where(rows > hits, (rows - hits) * np.log1p(-rate), 0.0)
    together: Numbers = up + down
    return together


def _log_mixture(hits: Numbers, rows: Numbers) -> Numbers:
    """Logarithm of the chance of one order of the hits, if the rate was drawn from the prior."""
    from scipy.special import betaln

    chance: Numbers = betaln(hits + PRIOR, rows - hits + PRIOR) - betaln(PRIOR, PRIOR)
    return chance
