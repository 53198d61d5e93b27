"""A quantile of values counted in bins: a latency of which 95 % are below."""

from bisect import bisect
from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import inf

import numpy as np
import numpy.typing as npt

from everloop.errors import InvalidRequest
from everloop.statistics.sequential.mean_state import threshold
from everloop.statistics.sequential.rate import Rate

LATENCY_EDGES = tuple(float(f"{edge:.4g}") for edge in np.geomspace(0.01, 100_000, 170))  # ms, 10 % apart


@dataclass(frozen=True, slots=True, kw_only=True)
class QuantileCounts:
    """How many values lie below the first edge, between each two, and from the last up.

    The true quantile lies at one place only, and there the rate of values above it is known; so a bound on the quantile
    is the outermost edge at which a confidence sequence for that rate refutes it, and needs no correction for the many
    edges (Howard and Ramdas 2022, Sequential estimation of quantiles).
    """

    edges: tuple[float, ...] = LATENCY_EDGES
    counts: tuple[int, ...] = ()

    @classmethod
    def of(cls, values: npt.ArrayLike, edges: Sequence[float] = LATENCY_EDGES) -> "QuantileCounts":
        """Of these values; NaN does not count."""
        found = np.asarray(values, dtype=np.float64)
        places = np.searchsorted(np.asarray(edges), found[~np.isnan(found)], side="right")
        counts = np.bincount(places, minlength=len(edges) + 1)
        return cls(edges=tuple(edges), counts=tuple(counts.tolist()))

    def merge(self, other: "QuantileCounts") -> "QuantileCounts":
        """With the other's rows too; raises InvalidRequest where its edges are others."""
        if self.edges != other.edges:
            raise InvalidRequest("Two counts with different edges cannot be merged.")
        if not self.counts or not other.counts:
            return self if self.counts else other
        return replace(self, counts=tuple(a + b for a, b in zip(self.counts, other.counts, strict=True)))

    @property
    def rows(self) -> int:
        """How many values there were."""
        return sum(self.counts)

    def at(self, quantile: float) -> float | None:
        """The edge at or above the quantile of the values; infinity above the last, None without any."""
        if not self.rows:
            return None
        place = int(np.searchsorted(np.cumsum(self.counts), quantile * self.rows))
        return self.edges[place] if place < len(self.edges) else inf

    def over(self, edge: int) -> Rate:
        """How many values lie at or above the edge with this number."""
        return Rate(hits=sum(self.counts[edge + 1 :]), rows=self.rows)

    def lower(self, quantile: float, alpha: float) -> float:
        """An edge that is, at any moment, above the true quantile with a chance of at most `alpha`; 0: unknown."""
        wanted = threshold(alpha)
        known = bisect(
            range(len(self.edges)),
            False,
            key=lambda edge: self.over(edge).log_e_above(1 - quantile) < wanted,  # fewer lie over higher ones
        )
        return self.edges[known - 1] if known else 0.0

    def upper(self, quantile: float, alpha: float) -> float:
        """An edge that is, at any moment, below the true quantile with a chance of at most `alpha`; or infinity."""
        wanted = threshold(alpha)
        known = bisect(
            range(len(self.edges)),
            False,
            key=lambda edge: self.over(edge).log_e_below(1 - quantile) >= wanted,
        )
        return self.edges[known] if known < len(self.edges) else inf
