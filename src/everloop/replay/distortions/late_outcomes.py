"""Outcomes that come later than they used to."""

from dataclasses import KW_ONLY, dataclass
from datetime import timedelta

import numpy as np

from everloop.records.durations import duration
from everloop.replay.dice import Dice, Numbers
from everloop.replay.shares import checked_share
from everloop.replay.span import Span


@dataclass(frozen=True, slots=True)
class LateOutcomes(Span):
    """Holds up a `share` of the outcomes, by chance, for `by` longer, in the platform's time.

    start, stop, ramp: of which rows; a ramp lets the time grow.
    """

    _: KW_ONLY
    by: str | timedelta
    share: float = 1.0

    def delay(self, seconds: Numbers, dice: Dice) -> Numbers:
        """How long each takes now."""
        late = dice.uniform()[:, 0] < checked_share(self.share)
        return seconds + np.where(late, duration(self.by).total_seconds() * self.strength(dice), 0.0)
