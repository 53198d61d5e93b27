"""How far the answers of two models lie apart: total variation of two distributions over the same classes.

Total variation is the largest difference that any set of classes shows: max over A of P(A) - Q(A). So evidence that
some set's difference is above a limit is evidence that the variation is. Each of the 2^k - 2 sets has its part of the
capital, equal parts to all sizes and, within one, to all sets of it; the capital of the sets that differ most is a
bound from below on the whole, whichever they turn out to be.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from math import comb, exp, log

import numpy as np
import numpy.typing as npt

from everloop.errors import InvalidRequest
from everloop.statistics.sequential.capital import Numbers
from everloop.statistics.sequential.mean_state import MeanState
from everloop.statistics.sequential.rate import Rate
from everloop.statistics.sequential.sign_counts import SignCounts
from everloop.statistics.sequential.two_rates import TwoRates, largest_refuted_difference


class Shares(ABC):
    """Counts of a candidate's and a champion's answers over the same classes."""

    __slots__ = ()

    @property
    @abstractmethod
    def candidate_counts(self) -> Numbers:
        """How often the candidate gave each class."""

    @property
    @abstractmethod
    def champion_counts(self) -> Numbers:
        """How often the champion did."""

    @abstractmethod
    def difference(self, chosen: Sequence[int]) -> MeanState:
        """The difference of the shares that these classes have: the candidate's first."""

    @abstractmethod
    def upper(self, alpha: float) -> float:
        """A bound that is, at any moment, below the true variation with a chance of at most `alpha`."""

    @property
    def mean(self) -> float | None:
        """The variation of the shares as they are; None while either model has no answers."""
        shares = self._shares()
        return None if shares is None else float(np.abs(shares).sum() / 2)

    def log_e_above(self, null: float) -> float:
        """Logarithm of the evidence against 'the variation is at most `null`'."""
        return max((state.log_e_above(null) - cost for state, cost in self._sets()), default=0.0)

    def lower(self, alpha: float) -> float:
        """A bound that is, at any moment, above the true variation with a chance of at most `alpha`."""
        sets, middle = self._sets(), (self.mean or 0.0) / 2
        if not sets:
            return 0.0
        state, cost = max(sets, key=lambda one: one[0].log_e_above(middle) - one[1])  # any may be chosen
        return max(0.0, state.lower(alpha * exp(-cost)))

    def _shares(self) -> Numbers | None:
        candidate, champion = self.candidate_counts, self.champion_counts
        if not candidate.sum() or not champion.sum():
            return None
        difference: Numbers = candidate / candidate.sum() - champion / champion.sum()
        return difference

    def _sets(self) -> list[tuple[MeanState, float]]:
        """Of each size the set whose share rose most, and what its part of the capital costs."""
        shares = self._shares()
        if shares is None:
            return []
        classes = len(shares)
        rising = np.argsort(-shares, kind="stable").tolist()
        return [
            (self.difference(rising[:size]), log(classes - 1) + log(comb(classes, size)))
            for size in range(1, classes)
        ]


@dataclass(frozen=True, slots=True, kw_only=True)
class ArmShares(Shares):
    """Answers of two arms, each to rows of its own.

    >>> ArmShares(candidate=(50, 50), champion=(900, 100)).mean
    0.4
    """

    candidate: tuple[int, ...]
    champion: tuple[int, ...]

    def merge(self, other: "ArmShares") -> "ArmShares":
        """With the other's rows too; raises InvalidRequest where its classes are others."""
        return ArmShares(
            candidate=_added(self.candidate, other.candidate), champion=_added(self.champion, other.champion)
        )

    @property
    def rows(self) -> int:
        """Rows of both arms."""
        return sum(self.candidate) + sum(self.champion)

    @property
    def candidate_counts(self) -> Numbers:
        """How often the candidate gave each class."""
        return np.asarray(self.candidate, dtype=np.float64)

    @property
    def champion_counts(self) -> Numbers:
        """How often the champion did."""
        return np.asarray(self.champion, dtype=np.float64)

    def difference(self, chosen: Sequence[int]) -> MeanState:
        """Two rates: how often either answered one of these classes."""
        return TwoRates(
            candidate=Rate(hits=sum(self.candidate[c] for c in chosen), rows=sum(self.candidate)),
            champion=Rate(hits=sum(self.champion[c] for c in chosen), rows=sum(self.champion)),
        )

    def upper(self, alpha: float) -> float:
        """From the upper bounds of all classes' rises, together at error `alpha`."""
        candidate, champion = self.candidate_counts, self.champion_counts
        turned = [champion, 0 * champion + champion.sum(), candidate, 0 * candidate + candidate.sum()]
        rises = -largest_refuted_difference(turned, alpha / len(candidate))
        return min(1.0, float(np.maximum(0.0, rises).sum()))


@dataclass(frozen=True, slots=True, kw_only=True)
class PairedShares(Shares):
    """Answers of both models to the same rows: `counts[i][j]` rows had class i of the candidate, j of the champion.

    >>> PairedShares(counts=((40, 0), (35, 25))).mean
    0.35
    """

    counts: tuple[tuple[int, ...], ...]

    @classmethod
    def of(cls, candidate: npt.ArrayLike, champion: npt.ArrayLike, classes: int) -> "PairedShares":
        """Of the numbers of the classes, 0 to `classes` - 1, that each model gave to the same rows."""
        places = np.asarray(candidate, dtype=np.int64) * classes + np.asarray(champion, dtype=np.int64)
        table = np.bincount(places, minlength=classes * classes).reshape(classes, classes)
        return cls(counts=tuple(tuple(row) for row in table.tolist()))

    def merge(self, other: "PairedShares") -> "PairedShares":
        """With the other's rows too; raises InvalidRequest where its classes are others."""
        if len(self.counts) != len(other.counts):
            raise InvalidRequest("Counts of different classes cannot be merged.")
        return PairedShares(
            counts=tuple(_added(a, b) for a, b in zip(self.counts, other.counts, strict=True))
        )

    @property
    def rows(self) -> int:
        """Rows that both answered."""
        return sum(map(sum, self.counts))

    @property
    def candidate_counts(self) -> Numbers:
        """How often the candidate gave each class."""
        return np.asarray(self._table().sum(axis=1))

    @property
    def champion_counts(self) -> Numbers:
        """How often the champion did."""
        return np.asarray(self._table().sum(axis=0))

    def difference(self, chosen: Sequence[int]) -> MeanState:
        """On how many rows only the one, or only the other, answered one of these classes."""
        table, inside = self._table(), np.isin(np.arange(len(self.counts)), chosen)
        gained, lost = int(table[inside][:, ~inside].sum()), int(table[~inside][:, inside].sum())
        return SignCounts(worse=lost, same=self.rows - gained - lost, better=gained)

    def upper(self, alpha: float) -> float:
        """The variation is at most the share of rows on which the models differ."""
        return Rate(hits=self.rows - int(np.trace(self._table())), rows=self.rows).upper(alpha)

    def _table(self) -> Numbers:
        return np.asarray(self.counts, dtype=np.float64)


def _added(some: Sequence[int], more: Sequence[int]) -> tuple[int, ...]:
    if len(some) != len(more):
        raise InvalidRequest("Counts of different classes cannot be merged.")
    return tuple(a + b for a, b in zip(some, more, strict=True))
