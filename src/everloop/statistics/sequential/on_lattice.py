"""A state whose rows take values on a lattice of points: what it answers follows from its counts."""

from abc import ABC, abstractmethod
from collections.abc import Sequence

from everloop.statistics.sequential.capital import Block, log_capital, lower_bound


class OnLattice(ABC):
    """Evidence and bounds of a bounded mean, from counts alone: exact at every number of rows, free of their order."""

    __slots__ = ()

    @property
    @abstractmethod
    def blocks(self) -> Sequence[Block]:
        """The possible values and how often each was seen."""

    @property
    def method(self) -> str:
        """A mixture of bets."""
        return "betting"

    def log_e_above(self, null: float, *, times: float = 1.0) -> float:
        """Logarithm of the evidence against 'the mean is at most `null`', had the rows come so many times."""
        return float(log_capital([block.repeated(times) for block in self.blocks], null))

    def log_e_below(self, null: float, *, times: float = 1.0) -> float:
        """Logarithm of the evidence against 'the mean is at least `null`', had the rows come so many times."""
        return float(log_capital([block.repeated(times).mirrored() for block in self.blocks], -null))

    def lower(self, alpha: float) -> float:
        """A bound that is, at any moment, above the true mean with a chance of at most `alpha`."""
        return lower_bound(self.blocks, alpha)

    def upper(self, alpha: float) -> float:
        """A bound that is, at any moment, below the true mean with a chance of at most `alpha`."""
        return -lower_bound([block.mirrored() for block in self.blocks], alpha)
