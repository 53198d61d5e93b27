"""Looks at a simulated world that raise now and then, and what the last ones saw."""

import random
from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

from everloop.actions.context import Context
from everloop.actions.surroundings import Surroundings
from everloop.loop.sight import Fitted, Gated, News, Pinned, Reported, Watched
from everloop.records.cycle import Cycle
from everloop.records.loop import LoopRecord
from everloop.records.verdict import Verdict
from everloop.testing.simulator.faults import Points

T = TypeVar("T")


class Unseen(RuntimeError):
    """What the world is like cannot be seen: no error of ours, as those of a damaged table are not."""


class Blinded:
    """The `Surroundings` of a simulated house through which not every look gets; works do."""

    def __init__(self, inner: Surroundings, points: Points, seed: int, blind: float) -> None:
        self._inner = inner
        self._points = points
        self._blind = blind
        self._chance = random.Random(f"{seed}/blind")
        self.unseen = False  # no rollout can be looked at
        self.seen: dict[str, tuple[datetime, tuple[Verdict, ...]]] = {}  # by the cycle: when, and what

    def news(self, context: Context, loop: LoopRecord) -> News:
        """What the loop's triggers look at; raises Unseen."""
        return self._looked(lambda: self._inner.news(context, loop))

    def mature(self, context: Context, cycle: Cycle) -> int:
        """How many rows the gates could look at; raises Unseen."""
        return self._looked(lambda: self._inner.mature(context, cycle))

    def watch(self, context: Context, cycle: Cycle) -> Watched:
        """How the rollout stands; raises Unseen."""
        if self.unseen:
            raise Unseen("No rollout can be seen.")
        watched = self._looked(lambda: self._inner.watch(context, cycle))
        self.seen[cycle.id] = context.clock.now(), watched.verdicts
        return watched

    def pin(self, context: Context, cycle: Cycle) -> Pinned:
        """Work: a dataset version."""
        return self._inner.pin(context, cycle)

    def fit(self, context: Context, cycle: Cycle) -> Fitted:
        """Work: the candidates."""
        return self._inner.fit(context, cycle)

    def judge(self, context: Context, cycle: Cycle) -> Gated:
        """Work: the gates."""
        return self._inner.judge(context, cycle)

    def report(self, context: Context, cycle: Cycle) -> Reported:
        """Work: the report."""
        return self._inner.report(context, cycle)

    def _looked(self, look: Callable[[], T]) -> T:
        if self._blind and not self._points.calm and self._chance.random() < self._blind:
            raise Unseen("Nothing can be seen.")
        return look()
