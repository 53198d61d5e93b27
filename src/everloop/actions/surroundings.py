"""What the loop sees and has done outside the metadata: the border at which the simulator puts its own world."""

from typing import Protocol

from everloop.actions.context import Context
from everloop.loop.sight import Fitted, Gated, News, Pinned, Reported, Watched
from everloop.records.cycle import Cycle
from everloop.records.loop import LoopRecord


class Surroundings(Protocol):
    """Looks are quick and change nothing. Works take seconds to minutes and may be asked for again after a crash.

    A work that was done before gives the same result again, and has its effects once; the cycle and its step are the
    key. It raises one of our errors where it cannot be done.
    """

    def news(self, context: Context, loop: LoopRecord) -> News:
        """What the loop's triggers look at."""
        ...

    def mature(self, context: Context, cycle: Cycle) -> int:
        """How many rows the gates of `cycle` could look at now."""
        ...

    def watch(self, context: Context, cycle: Cycle) -> Watched:
        """How the rollout of `cycle` stands."""
        ...

    def pin(self, context: Context, cycle: Cycle) -> Pinned:
        """Work: a dataset version to learn from."""
        ...

    def fit(self, context: Context, cycle: Cycle) -> Fitted:
        """Work: the candidates."""
        ...

    def judge(self, context: Context, cycle: Cycle) -> Gated:
        """Work: the gates."""
        ...

    def report(self, context: Context, cycle: Cycle) -> Reported:
        """Work: the report."""
        ...
