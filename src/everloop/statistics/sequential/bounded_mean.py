"""The mean of values with known bounds, from a stream that is not kept."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from everloop.errors import InvalidRequest
from everloop.statistics.sequential.capital import Block, Numbers
from everloop.statistics.sequential.on_lattice import OnLattice

KNOTS = 65


def spread(values: npt.ArrayLike, low: float, high: float, knots: int = KNOTS) -> Numbers:
    """The weight that values in `low..high` put on `knots` evenly spaced points: each splits 1 between its neighbours.

    The mean is kept exactly, and the logarithm of a bet's gain, being concave, is only ever less between two points
    than at the value itself: a test on the points is valid, and loses next to nothing. Raises InvalidRequest for a
    value outside the bounds.
    """
    places = (np.asarray(values, dtype=np.float64) - low) / (high - low) * (knots - 1)
    if not ((places >= 0) & (places <= knots - 1)).all():
        raise InvalidRequest(f"A value lies outside {low} to {high}.", remedy="Widen the bounds.")
    left = np.minimum(places.astype(np.int64), knots - 2)
    part = places - left
    weights: Numbers = np.zeros(knots)
    np.add.at(weights, left, 1 - part)
    np.add.at(weights, left + 1, part)
    return weights


@dataclass(frozen=True, slots=True, kw_only=True)
class BoundedMean(OnLattice):
    """A histogram of values from `low` to `high` over evenly spaced points, whose mean is that of the values.

    >>> BoundedMean.of([0.2, 0.3, 0.7], low=0.0, high=1.0).mean
    0.4
    """

    low: float
    high: float
    weights: tuple[float, ...] = (0.0,) * KNOTS

    @classmethod
    def of(cls, values: npt.ArrayLike, *, low: float, high: float) -> "BoundedMean":
        """Of these values."""
        return cls(low=low, high=high).with_values(values)

    def with_values(self, values: npt.ArrayLike) -> "BoundedMean":
        """With these rows more; raises InvalidRequest for one outside the bounds."""
        more = spread(values, self.low, self.high, len(self.weights))
        return replace(self, weights=tuple((np.asarray(self.weights) + more).tolist()))

    def merge(self, other: "BoundedMean") -> "BoundedMean":
        """With the other's rows too; raises InvalidRequest where its bounds are others."""
        if (other.low, other.high, len(other.weights)) != (self.low, self.high, len(self.weights)):
            raise InvalidRequest("Two means with different bounds cannot be merged.")
        return replace(self, weights=tuple(a + b for a, b in zip(self.weights, other.weights, strict=True)))

    @property
    def rows(self) -> int:
        """How many values there were."""
        return round(sum(self.weights))

    @property
    def mean(self) -> float | None:
        """The mean of the values; None without any."""
        if not self.rows:
            return None
        return round(float(np.average(self._points(), weights=self.weights)), 15)

    @property
    def blocks(self) -> Sequence[Block]:
        """The points and their weights."""
        return (Block(self._points(), np.asarray(self.weights)),)

    def _points(self) -> Numbers:
        return np.linspace(self.low, self.high, len(self.weights))
