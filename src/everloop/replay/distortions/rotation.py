"""Pictures that lie askew."""

from dataclasses import KW_ONLY, dataclass
from math import isqrt

import numpy as np
import pyarrow as pa

from everloop.errors import InvalidRequest
from everloop.replay.columns import Patterns, is_number, meant, numbers, with_numbers
from everloop.replay.dice import Dice
from everloop.replay.span import Span


@dataclass(frozen=True, slots=True)
class Rotation(Span):
    """Turns square pictures by `degrees` against the clock, and each by chance up to `spread` more or less.

    columns: names or patterns, as many as a square has points, row by row from the top left. What comes in from
    outside is `fill`. start, stop, ramp: from which row on, to which, and over how many rows it grows.
    """

    _: KW_ONLY
    degrees: float
    columns: Patterns = "*"
    spread: float = 0.0
    fill: float = 0.0

    def apply(self, rows: pa.Table, dice: Dice) -> pa.Table:
        """The rows, turned."""
        from scipy.ndimage import rotate  # 0.2 s

        names = meant(rows, self.columns, is_number, "numbers")
        side = isqrt(len(names))
        if side * side != len(names):
            raise InvalidRequest(
                f"{len(names)} columns make no square picture.",
                remedy="Name those of the points: columns=pixel_*.",
            )
        angles = self.degrees + self.spread * (2 * dice.uniform()[:, 0] - 1)
        turned = numbers(rows, names)
        for place, angle in enumerate(angles * self.strength(dice)):
            if angle:
                picture = np.nan_to_num(turned[place], nan=self.fill).reshape(side, side)
                turned[place] = rotate(picture, angle, reshape=False, order=1, cval=self.fill).ravel()
        return with_numbers(rows, names, turned)
