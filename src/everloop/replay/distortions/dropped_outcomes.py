"""Outcomes that never come."""

from dataclasses import KW_ONLY, dataclass

import numpy as np

from everloop.replay.dice import Dice, Numbers
from everloop.replay.shares import checked_share
from everloop.replay.span import Span


@dataclass(frozen=True, slots=True)
class DroppedOutcomes(Span):
    """Loses a `share` of the outcomes, by chance. start, stop, ramp: of which rows; a ramp lets the share grow."""

    _: KW_ONLY
    share: float = 0.5

    def delay(self, seconds: Numbers, dice: Dice) -> Numbers:
        """How long each takes; NaN for those that are lost."""
        lost = dice.uniform()[:, 0] < checked_share(self.share) * self.strength(dice)
        return np.where(lost, np.nan, seconds)
