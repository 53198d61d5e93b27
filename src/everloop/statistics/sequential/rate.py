"""How often something happens."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from everloop.statistics.sequential.capital import Block
from everloop.statistics.sequential.on_lattice import OnLattice

POINTS = np.array([0.0, 1.0])


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate(OnLattice):
    """So many hits in so many rows. Its mean is the rate.

    >>> Rate(hits=3, rows=50).with_counts(hits=1, rows=10).mean
    0.06666666666666667
    """

    hits: int = 0
    rows: int = 0

    def with_counts(self, *, hits: int = 0, rows: int = 0) -> "Rate":
        """With so many rows more, `hits` of them hits."""
        return Rate(hits=self.hits + hits, rows=self.rows + rows)

    def merge(self, other: "Rate") -> "Rate":
        """With the other's rows too."""
        return self.with_counts(hits=other.hits, rows=other.rows)

    @property
    def mean(self) -> float | None:
        """The rate; None without rows."""
        return self.hits / self.rows if self.rows else None

    @property
    def blocks(self) -> Sequence[Block]:
        """Miss and hit."""
        return (Block(POINTS, np.array([self.rows - self.hits, self.hits], dtype=np.float64)),)
