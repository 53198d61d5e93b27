"""What showing the candidate instead of the champion does, where chance chose who answered."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from everloop.errors import InvalidRequest
from everloop.statistics.sequential.bounded_mean import spread
from everloop.statistics.sequential.capital import Block
from everloop.statistics.sequential.on_lattice import OnLattice


@dataclass(frozen=True, slots=True, kw_only=True)
class Arms:
    """What came back while the candidate had one share: the weight of each value, in either arm."""

    share: float  # of the candidate; far from 0 and 1
    candidate: tuple[float, ...]
    champion: tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RandomisedEffect(OnLattice):
    """The mean effect of being answered by the candidate, on values from `low` to `high`: clicks, ratings.

    Each row stands for both answers it could have had, weighted by the inverse of the chance of the one it got
    (Horvitz and Thompson 1952): (y - centre) / share in the candidate's arm, -(y - centre) / (1 - share) in the
    champion's. That is right in the mean even while traffic and shares change, so a time with more clicks favours
    nobody (the null says: whatever came before, the mean effect on the next row is at most so much). `centre` may be
    any guess of the mean, fixed beforehand: the nearer, the narrower. Values are spread over so many `points`: two for
    yes and no.

    >>> state = RandomisedEffect(low=0, high=1, points=2).with_rows(0.5, [1, 1, 0], [0, 0, 1])
    >>> round(state.mean, 3)
    0.333
    """

    low: float
    high: float
    points: int
    centre: float = 0.0
    arms: tuple[Arms, ...] = ()

    def with_rows(
        self, share: float, candidate: npt.ArrayLike, champion: npt.ArrayLike
    ) -> "RandomisedEffect":
        """With the values of these rows, answered while the candidate had `share` of the traffic.

        Raises InvalidRequest for a value out of bounds and a share that is not between 0 and 1.
        """
        if not 0 < share < 1:
            raise InvalidRequest(f"A share of {share} leaves nothing to compare.", remedy="Randomise both.")
        return self._with(
            Arms(share=share, candidate=self._weights(candidate), champion=self._weights(champion))
        )

    def merge(self, other: "RandomisedEffect") -> "RandomisedEffect":
        """With the other's rows too; raises InvalidRequest where its bounds are others."""
        if replace(self, arms=()) != replace(other, arms=()):
            raise InvalidRequest("Two effects with different bounds cannot be merged.")
        merged = self
        for arms in other.arms:
            merged = merged._with(arms)
        return merged

    @property
    def rows(self) -> int:
        """Rows of both arms."""
        return round(sum(sum(arms.candidate) + sum(arms.champion) for arms in self.arms))

    @property
    def mean(self) -> float | None:
        """The effect; None without rows."""
        if not self.rows:
            return None
        return sum(float(block.points @ block.counts) for block in self.blocks) / self.rows

    @property
    def blocks(self) -> Sequence[Block]:
        """For each share its weighted values."""
        values = np.linspace(self.low, self.high, self.points) - self.centre
        return [
            Block(
                np.concatenate([values / arms.share, -values / (1 - arms.share)]),
                np.array([*arms.candidate, *arms.champion], dtype=np.float64),
            )
            for arms in self.arms
        ]

    def log_e_above(self, null: float, *, times: float = 1.0) -> float:
        """Logarithm of the evidence against 'the mean effect is at most `null`', had the rows come so many times."""
        return OnLattice.log_e_above(self, null, times=times) if self.arms else 0.0

    def log_e_below(self, null: float, *, times: float = 1.0) -> float:
        """Logarithm of the evidence against 'the mean effect is at least `null`', had the rows come so many times."""
        return OnLattice.log_e_below(self, null, times=times) if self.arms else 0.0

    def lower(self, alpha: float) -> float:
        """A bound that is, at any moment, above the true effect with a chance of at most `alpha`."""
        widest = self.low - self.high
        return max(widest, OnLattice.lower(self, alpha)) if self.arms else widest

    def upper(self, alpha: float) -> float:
        """A bound that is, at any moment, below the true effect with a chance of at most `alpha`."""
        widest = self.high - self.low
        return min(widest, OnLattice.upper(self, alpha)) if self.arms else widest

    def _weights(self, values: npt.ArrayLike) -> tuple[float, ...]:
        return tuple(spread(values, self.low, self.high, self.points).tolist())

    def _with(self, more: Arms) -> "RandomisedEffect":
        others = tuple(arms for arms in self.arms if arms.share != more.share)
        same = [arms for arms in self.arms if arms.share == more.share] + [more]
        joint = Arms(
            share=more.share,
            candidate=tuple(map(sum, zip(*(arms.candidate for arms in same), strict=True))),
            champion=tuple(map(sum, zip(*(arms.champion for arms in same), strict=True))),
        )
        return replace(self, arms=tuple(sorted((*others, joint), key=lambda arms: arms.share)))
