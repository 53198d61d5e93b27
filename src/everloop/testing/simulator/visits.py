"""Somebody who comes by in the middle of things: before a transaction of whoever it may be."""

from collections.abc import Callable, Sequence

from everloop.testing.simulator.faults import Points


class Visits:
    """Acts before the transactions with these numbers, whose acts take transactions of their own."""

    def __init__(self, numbers: Sequence[int], points: Points, act: Callable[[int], None]) -> None:
        self._due = sorted(numbers)
        self._points = points
        self._act = act
        self._passed = 0
        self._here = False

    def border(self) -> None:
        """A transaction is about to begin. Who dies in the act does it again, before the next one."""
        if self._points.calm or self._here:
            return
        self._passed += 1
        if not self._due or self._passed < self._due[0]:
            return
        self._here = True
        try:
            self._act(self._due[0])
            self._due.pop(0)
        finally:
            self._here = False
