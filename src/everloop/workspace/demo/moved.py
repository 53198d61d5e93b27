"""Pictures that lie a little to the side."""

from dataclasses import dataclass

import pyarrow as pa

from everloop.replay.columns import is_number, meant, numbers, with_numbers
from everloop.replay.dice import Dice


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """Moves square pictures of `side` points by chance, up to `by` points across and up to `by` up or down."""

    by: float
    side: int

    def apply(self, rows: pa.Table, dice: Dice) -> pa.Table:
        """The rows, moved; what comes in from outside is empty."""
        from scipy.ndimage import shift  # 0.2 s

        names = meant(rows, "*", is_number, "numbers")
        pictures = numbers(rows, names)
        for place, (down, right) in enumerate(self.by * (2 * dice.uniform(2) - 1)):
            picture = pictures[place].reshape(self.side, self.side)
            pictures[place] = shift(picture, (down, right), order=1).ravel()
        return with_numbers(rows, names, pictures)
