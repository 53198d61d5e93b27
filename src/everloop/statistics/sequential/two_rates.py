"""Two rates side by side, from counts of their own: how much higher the one is than the other."""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from everloop.statistics.sequential.capital import STEPS, Block, Numbers, log_capital, log_sum
from everloop.statistics.sequential.rate import Rate

NOTHING = Rate()
CENTRES = {
    0.0: 0.5,
    0.1: 0.1,
    0.3: 0.1,
    0.5: 0.1,
    0.7: 0.1,
    1.0: 0.1,
}  # and the part of the capital that each has


@dataclass(frozen=True, slots=True, kw_only=True)
class TwoRates:
    """Hits and rows of a candidate and a champion. Its mean is the difference of their rates, candidate's first.

    Each row is weighted by the inverse of its arm's share of the rows, as in `RandomisedEffect`, but with the share as
    it came: callers that stay with one variant make it another than the declared one. Half of the capital is staked on
    rates near 0, as errors are, the rest on others (`CENTRES`).

    Given how many rows each arm got, the expectation of the evidence is at most 1 while the null holds, at any look, by
    Jensen's inequality; while the arms keep their ratio it is a martingale too, and so holds at all looks together. As
    the ratio settles it moves by fractions of a nat: docs/statistics.md shows by simulation that this does no harm.
    Rows are taken to be independent, and each arm's rate to stand still: begin a new state when shares change. Both
    arms may be given the same rows, as shadows are: where they err together it is only more careful.
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
        """A mixture of bets on rows weighted by their arm's share."""
        return "betting, weighted"

    def log_e_above(self, null: float, *, times: float = 1.0) -> float:
        """Logarithm of the evidence against 'the difference is at most `null`', had the rows come so many times."""
        return float(log_e_difference(times * self._counts(), null))

    def log_e_below(self, null: float, *, times: float = 1.0) -> float:
        """Logarithm of the evidence against 'the difference is at least `null`', had the rows come so many times."""
        return float(log_e_difference(times * self._counts()[[2, 3, 0, 1]], -null))

    def lower(self, alpha: float) -> float:
        """A bound that is, at any moment, above the true difference with a chance of at most `alpha`."""
        return float(largest_refuted_difference(self._counts(), alpha))

    def upper(self, alpha: float) -> float:
        """A bound that is, at any moment, below the true difference with a chance of at most `alpha`."""
        return -float(largest_refuted_difference(self._counts()[[2, 3, 0, 1]], alpha))

    def _counts(self) -> Numbers:
        counts = [self.candidate.hits, self.candidate.rows, self.champion.hits, self.champion.rows]
        return np.array(counts, dtype=np.float64)


def log_e_difference(counts: npt.ArrayLike, null: npt.ArrayLike) -> Numbers:
    """Logarithm of the evidence against 'the first rate is at most `null` above the second'.

    `counts` are hits and rows of the first, then of the second; each may have any shape, `null` too. While either has
    no rows there is no evidence: 0.
    """
    hits, rows, others, other_rows = np.asarray(counts, dtype=np.float64)
    both = (rows > 0) & (other_rows > 0)
    share = np.where(both, rows, 1) / np.where(both, rows + other_rows, 2)
    seen = np.stack([rows - hits, hits, other_rows - others, others], axis=-1)
    staked = [
        log_capital([Block(_points(share, centre), seen)], null) + np.log(part)
        for centre, part in CENTRES.items()
    ]
    return np.where(both, log_sum(np.stack(staked, axis=-1)), 0.0)


def largest_refuted_difference(counts: npt.ArrayLike, alpha: float) -> Numbers:
    """The largest difference that is refuted as 'at most this', for counts of any shape: -1 where none is."""
    given, wanted = np.asarray(counts, dtype=np.float64), -np.log(alpha)
    low, high = np.full(given.shape[1:], -1.0), np.full(given.shape[1:], 1.0)
    for _ in range(STEPS):
        middle = (low + high) / 2
        refuted = log_e_difference(given, middle) >= wanted
        low, high = np.where(refuted, middle, low), np.where(refuted, high, middle)
    return low


def _points(share: Numbers, centre: float) -> Numbers:
    """What a miss and a hit of the first count, then of the second."""
    first, second = 1 / share, -1 / (1 - share)
    return np.stack([-centre * first, (1 - centre) * first, -centre * second, (1 - centre) * second], axis=-1)
