"""Two rates side by side, from counts of their own: how much higher the one is than the other."""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from everloop.statistics.sequential.capital import STEPS, Numbers
from everloop.statistics.sequential.rate import Rate

NOTHING = Rate()
PRIOR = 0.25  # of beta(a, a): between Jeffreys' 1/2 and 0, because most rates of errors are next to nothing


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

    def log_e_above(self, null: float, *, times: float = 1.0) -> float:
        """Logarithm of the evidence against 'the difference is at most `null`', had the rows come so many times."""
        return float(log_e_difference(times * self._counts(), null))

    def log_e_below(self, null: float, *, times: float = 1.0) -> float:
        """Logarithm of the evidence against 'the difference is at least `null`', had the rows come so many times."""
        return float(log_e_difference(times * self._turned(), -null))

    def lower(self, alpha: float) -> float:
        """A bound that is, at any moment, above the true difference with a chance of at most `alpha`."""
        return float(largest_refuted_difference(self._counts(), alpha))

    def upper(self, alpha: float) -> float:
        """A bound that is, at any moment, below the true difference with a chance of at most `alpha`."""
        return -float(largest_refuted_difference(self._turned(), alpha))

    def _counts(self) -> Numbers:
        return np.array(
            [self.candidate.hits, self.candidate.rows, self.champion.hits, self.champion.rows],
            dtype=np.float64,
        )

    def _turned(self) -> Numbers:
        return self._counts()[[2, 3, 0, 1]]


def log_e_difference(counts: npt.ArrayLike, null: npt.ArrayLike) -> Numbers:
    """Logarithm of the evidence against 'the first rate is at most `null` above the second'.

    `counts` are hits and rows of the first, then of the second; each, and `null`, may have any shape.
    """
    k, n, j, m = np.asarray(counts, dtype=np.float64)
    first, second = _likeliest(k, n, j, m, np.asarray(null, dtype=np.float64))
    evidence: Numbers = (
        _log_mixture(k, n) + _log_mixture(j, m) - _log_likelihood(k, n, first) - _log_likelihood(j, m, second)
    )
    return evidence


def _likeliest(k: Numbers, n: Numbers, j: Numbers, m: Numbers, null: Numbers) -> tuple[Numbers, Numbers]:
    """The likeliest pair of rates whose difference is at most `null`: on the border where the free pair is beyond it.

    On the border the likelihood is concave in the second rate: bisection finds where its slope changes sign.
    """
    first, second = k / np.maximum(n, 1), j / np.maximum(m, 1)
    shape = np.broadcast(k, n, j, m, null).shape
    low = np.broadcast_to(np.maximum(0.0, -null), shape)
    high = np.broadcast_to(np.minimum(1.0, 1.0 - null), shape)
    for _ in range(STEPS):
        middle = (low + high) / 2
        rising = _slope(k, n, middle + null) + _slope(j, m, middle) > 0
        low, high = np.where(rising, middle, low), np.where(rising, high, middle)
    border = (low + high) / 2
    free = (n > 0) & (m > 0) & (first - second <= null)
    return np.where(free, first, np.clip(border + null, 0, 1)), np.where(free, second, np.clip(border, 0, 1))


def largest_refuted_difference(counts: npt.ArrayLike, alpha: float) -> Numbers:
    """The largest difference that is refuted as 'at most this', for counts of any shape; each round adds six bits."""
    given = np.asarray(counts, dtype=np.float64)[..., None]
    low, width = np.full(given.shape[1:], -1.0), 2.0
    for _ in range(6):
        width /= 64
        nulls = low + width * np.arange(1, 64)
        refuted = log_e_difference(given, nulls) >= -np.log(alpha)  # evidence falls in the null
        low = low + width * refuted.sum(axis=-1, keepdims=True)
    return low[..., 0]


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
