"""One life of a control process: it ticks the loops and does their work until nothing is left to do now."""

from everloop.actions.loop_tick import LoopTick
from everloop.actions.loop_work import handlers
from everloop.actions.publish import publish_newest
from everloop.errors import EverloopError
from everloop.jobs.worker import JobWorker
from everloop.testing.simulator.blinded import Blinded, Unseen
from everloop.testing.simulator.house import House

MOST = 60  # rounds without an end mean that two decisions undo each other


class Stuck(AssertionError):
    """The loop moves on and on at one moment, or a single look that raises stops all of it."""


class Life:
    """A process in a seat; the next in the same seat takes over what this one leaves."""

    def __init__(self, house: House, surroundings: Blinded, seat: int, number: int) -> None:
        self._house = house
        self._tick = LoopTick(house.for_loop, surroundings, house.queue)
        self._worker = JobWorker(
            house.queue, handlers(house.for_loop, surroundings), f"seat{seat}/life{number}"
        )

    def open(self) -> None:
        """What a process does when it opens a workspace."""
        try:
            publish_newest(self._house.layout, self._house.metadata)
        except (EverloopError, OSError):
            return

    def turn(self) -> None:
        """Tick and work until nothing moves; raises Crash where the process dies."""
        for _ in range(MOST):
            moved = self._ticked()
            worked = self._worked()
            if not moved and not worked:
                return
        raise Stuck(f"the loops still move after {MOST} rounds at one moment")

    def _ticked(self) -> bool:
        try:
            return self._tick.tick() > 0
        except (EverloopError, OSError):  # a full disk: the next tick is another try
            return False
        except Unseen as unseen:
            raise Stuck(f"a look that raised stopped the whole tick: {unseen}") from unseen

    def _worked(self) -> bool:
        try:
            return self._worker.run_one()
        except EverloopError:
            return False
