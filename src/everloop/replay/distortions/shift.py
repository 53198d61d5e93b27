"""Numbers that are read too high or too low."""

from dataclasses import KW_ONLY, dataclass

import numpy as np
import pyarrow as pa

from everloop.replay.columns import Patterns, is_number, meant, numbers, with_numbers
from everloop.replay.dice import Dice
from everloop.replay.span import Span


@dataclass(frozen=True, slots=True)
class Shift(Span):
    """Adds `by` to numbers, and for each row by chance up to `spread` more or less; kept within `low` and `high`.

    columns: names or patterns such as `pixel_*`; all numbers by default. start, stop, ramp: from which row on, to
    which, and over how many rows it grows.
    """

    _: KW_ONLY
    by: float
    columns: Patterns = "*"
    spread: float = 0.0
    low: float | None = None
    high: float | None = None

    def apply(self, rows: pa.Table, dice: Dice) -> pa.Table:
        """The rows, shifted."""
        names = meant(rows, self.columns, is_number, "numbers")
        by = self.by + self.spread * (2 * dice.uniform()[:, 0] - 1)
        strength = self.strength(dice)
        values = numbers(rows, names) + (by * strength)[:, None]
        if self.low is not None or self.high is not None:
            inside = np.clip(values, self.low, self.high)
            values = np.where((strength > 0)[:, None], inside, values)
        return with_numbers(rows, names, values)
