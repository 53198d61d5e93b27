"""From which row of a replay to which something holds, and how it grows."""

from dataclasses import KW_ONLY, dataclass

import numpy as np

from everloop.errors import InvalidRequest
from everloop.replay.dice import Dice, Numbers


@dataclass(frozen=True, slots=True)
class Span:
    """Rows are counted from 0, in the order in which they are sent.

    start: the first row. stop: the first that is no longer meant; None: to the end.
    ramp: over so many rows it grows from nothing to its whole.
    """

    _: KW_ONLY
    start: int = 0
    stop: int | None = None
    ramp: int = 0

    def strength(self, dice: Dice) -> Numbers:
        """From 0 to 1, for each row; raises InvalidRequest for a span that is none."""
        self._check()
        places = dice.positions
        grown = np.clip((places - self.start + 1) / self.ramp, 0.0, 1.0) if self.ramp else 1.0
        inside = (places >= self.start) & (places < (np.inf if self.stop is None else self.stop))
        return np.where(inside, grown, 0.0)

    def _check(self) -> None:
        if self.start < 0 or self.ramp < 0 or (self.stop is not None and self.stop <= self.start):
            raise InvalidRequest(
                f"start={self.start}, stop={self.stop}, ramp={self.ramp}: rows are counted from 0, and the end lies "
                "behind the start.",
                remedy="Write start=1000, stop=2000.",
            )
