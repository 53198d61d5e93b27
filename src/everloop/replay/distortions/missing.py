"""Values that are no longer sent."""

from dataclasses import KW_ONLY, dataclass

import numpy as np
import pyarrow as pa

from everloop.replay.columns import Patterns, meant, pc
from everloop.replay.dice import Dice
from everloop.replay.shares import checked_share
from everloop.replay.span import Span


@dataclass(frozen=True, slots=True)
class Missing(Span):
    """Leaves out a `share` of the values of each column, by chance.

    columns: names or patterns such as `pixel_*`; all by default. start, stop, ramp: from which row on, to which, and
    over how many rows it grows.
    """

    _: KW_ONLY
    columns: Patterns = "*"
    share: float = 1.0

    def apply(self, rows: pa.Table, dice: Dice) -> pa.Table:
        """The rows, with holes."""
        names = meant(rows, self.columns, lambda kind: True, "values")
        gone = dice.uniform(len(names)) < (checked_share(self.share) * self.strength(dice))[:, None]
        for place, name in enumerate(names):
            column = rows[name]
            kept = pc.if_else(
                pa.array(np.ascontiguousarray(gone[:, place])), pa.scalar(None, column.type), column
            )
            rows = rows.set_column(rows.schema.get_field_index(name), name, kept)
        return rows
