"""What changes rows, or when their outcomes come."""

from typing import Protocol

import pyarrow as pa

from everloop.replay.dice import Dice, Numbers


class Distortion(Protocol):
    """Something that happens to the world, or to the sensors that look at it."""

    def apply(self, rows: pa.Table, dice: Dice) -> pa.Table:
        """The rows as they are sent: as many, in the same order, with the same columns.

        The same rows with the same dice give the same. Raises InvalidRequest for columns that do not fit.
        """
        ...


class OutcomeDistortion(Protocol):
    """Something that happens to outcomes on their way."""

    def delay(self, seconds: Numbers, dice: Dice) -> Numbers:
        """How long after its answer each row's outcome comes, given how long it would have been; NaN: never."""
        ...
