"""Categories that nobody has seen before."""

from dataclasses import KW_ONLY, dataclass

import numpy as np
import pyarrow as pa

from everloop.replay.columns import Patterns, is_text, meant, pc
from everloop.replay.dice import Dice
from everloop.replay.shares import checked_share
from everloop.replay.span import Span


@dataclass(frozen=True, slots=True)
class Unknown(Span):
    """Puts `value` in the place of a `share` of the texts of each column, by chance.

    columns: names or patterns; all texts by default. start, stop, ramp: from which row on, to which, and over how many
    rows it grows.
    """

    _: KW_ONLY
    columns: Patterns = "*"
    share: float = 1.0
    value: str = "never seen before"

    def apply(self, rows: pa.Table, dice: Dice) -> pa.Table:
        """The rows, with strangers."""
        names = meant(rows, self.columns, is_text, "texts")
        changed = dice.uniform(len(names)) < (checked_share(self.share) * self.strength(dice))[:, None]
        for place, name in enumerate(names):
            column = rows[name]
            stranger = pa.scalar(self.value, column.type)
            mixed = pc.if_else(pa.array(np.ascontiguousarray(changed[:, place])), stranger, column)
            rows = rows.set_column(rows.schema.get_field_index(name), name, mixed)
        return rows
