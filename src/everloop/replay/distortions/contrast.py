"""Numbers that are read too strong or too weak."""

from dataclasses import KW_ONLY, dataclass

import numpy as np
import pyarrow as pa

from everloop.errors import InvalidRequest
from everloop.replay.columns import Patterns, is_number, meant, numbers, with_numbers
from everloop.replay.dice import Dice
from everloop.replay.span import Span


@dataclass(frozen=True, slots=True)
class Contrast(Span):
    """Stretches numbers away from `around` by `factor`, above 0; below 1 it draws them nearer.

    spread: the factor of each row differs by chance, up to so much of it. Kept within `low` and `high`.
    columns: names or patterns such as `pixel_*`; all numbers by default. start, stop, ramp: from which row on, to
    which, and over how many rows it grows.
    """

    _: KW_ONLY
    factor: float
    around: float = 0.0
    columns: Patterns = "*"
    spread: float = 0.0
    low: float | None = None
    high: float | None = None

    def apply(self, rows: pa.Table, dice: Dice) -> pa.Table:
        """The rows, stretched."""
        if not self.factor > 0 or not 0 <= self.spread < 1:
            raise InvalidRequest(
                f"factor={self.factor!r}, spread={self.spread!r}: the factor is above 0, the spread from 0 to below 1."
            )
        names = meant(rows, self.columns, is_number, "numbers")
        whole = self.factor * (1 + self.spread * (2 * dice.uniform()[:, 0] - 1))
        strength = self.strength(dice)
        factor = 1 + (whole - 1) * strength
        values = self.around + (numbers(rows, names) - self.around) * factor[:, None]
        if self.low is not None or self.high is not None:
            inside = np.clip(values, self.low, self.high)
            values = np.where((strength > 0)[:, None], inside, values)
        return with_numbers(rows, names, values)
