"""Rows and outcomes as the distortions of a replay leave them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from everloop.replay.dice import Dice, Numbers
from everloop.replay.distortion import Distortion, OutcomeDistortion


@dataclass(frozen=True, slots=True)
class Distortions:
    """All of a replay's, in the order in which they are applied. Where and what it is decides a distortion's chance."""

    seed: int = 0
    given: Sequence[Distortion | OutcomeDistortion] = ()

    def rows(self, rows: pa.Table, first: int) -> pa.Table:
        """The rows as they are sent; `first` is the number of the first of them in the replay."""
        for place, each in enumerate(self.given):
            if hasattr(each, "apply"):
                rows = each.apply(rows, self._dice(place, each, first, rows.num_rows))
        return rows

    def delays(self, seconds: float, first: int, count: int) -> Numbers:
        """How long after their answers the outcomes of these rows come, in seconds; NaN: never."""
        delays = np.full(count, float(seconds))
        for place, each in enumerate(self.given):
            if hasattr(each, "delay"):
                delays = each.delay(delays, self._dice(place, each, first, count))
        return delays

    def _dice(self, place: int, each: object, first: int, count: int) -> Dice:
        return Dice(seed=self.seed, name=f"{place} {type(each).__name__}", first=first, count=count)
