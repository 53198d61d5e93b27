"""Paired right and wrong: on how many rows the one was better, worse, or the same as the other."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from everloop.statistics.sequential.capital import Block
from everloop.statistics.sequential.on_lattice import OnLattice

POINTS = np.array([-1.0, 0.0, 1.0])


@dataclass(frozen=True, slots=True, kw_only=True)
class SignCounts(OnLattice):
    """Counts of differences -1, 0 and +1. Their mean is the difference of two accuracies on the same rows.

    >>> state = SignCounts(worse=2, same=91, better=7)
    >>> state.mean
    0.05
    >>> state.lower(0.05) < 0.05 < state.upper(0.05)
    True
    """

    worse: int = 0
    same: int = 0
    better: int = 0

    @classmethod
    def of(cls, differences: npt.ArrayLike) -> "SignCounts":
        """Counted from differences of which each is -1, 0 or 1."""
        signs = np.sign(np.asarray(differences))
        return cls(worse=int((signs < 0).sum()), same=int((signs == 0).sum()), better=int((signs > 0).sum()))

    def with_counts(self, *, worse: int = 0, same: int = 0, better: int = 0) -> "SignCounts":
        """With so many rows more."""
        return replace(self, worse=self.worse + worse, same=self.same + same, better=self.better + better)

    def merge(self, other: "SignCounts") -> "SignCounts":
        """With the other's rows too."""
        return self.with_counts(worse=other.worse, same=other.same, better=other.better)

    @property
    def rows(self) -> int:
        """All rows, those without a difference too."""
        return self.worse + self.same + self.better

    @property
    def mean(self) -> float | None:
        """The mean difference; None without rows."""
        return (self.better - self.worse) / self.rows if self.rows else None

    @property
    def blocks(self) -> Sequence[Block]:
        """The three values."""
        return (Block(POINTS, np.array([self.worse, self.same, self.better], dtype=np.float64)),)
