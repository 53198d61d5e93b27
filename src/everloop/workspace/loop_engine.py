"""Turns the loops of an open workspace: ticks them, and does the work that they ask for."""

import logging
import threading
import time

from everloop.actions.context import Context
from everloop.actions.ledger_surroundings import LedgerSurroundings
from everloop.actions.loop_tick import LoopTick
from everloop.actions.loop_work import handlers
from everloop.actions.surroundings import Surroundings
from everloop.clock import SystemClock
from everloop.errors import EverloopError
from everloop.jobs.leased import LeasedJobs
from everloop.jobs.worker import JobWorker, new_holder
from everloop.records.actor import Actor
from everloop.records.names import new_id
from everloop.workspace.office import Office

LOOP = Actor(kind="system", name="loop")
WORKERS = 2  # while one endpoint's candidates are fitted, another's may be judged
LOOKING = 0.1  # of the time at most is spent on looking: a look that takes long is taken less often

log = logging.getLogger("everloop.loop")


class LoopEngine:
    """One for each open office: whoever has the writer's lock turns its loops, and nobody else."""

    def __init__(self, office: Office, surroundings: Surroundings | None = None) -> None:
        self._office = office
        self._ended = threading.Event()
        surroundings = surroundings or LedgerSurroundings(self._ended)
        metadata = office.context(LOOP, new_id("key")).metadata
        queue = LeasedJobs(
            metadata, SystemClock()
        )  # leases are of machines, however fast the platform's time runs
        works = handlers(self._context, surroundings)
        self._tick = LoopTick(self._context, surroundings, queue)
        self._workers = [JobWorker(queue, works, new_holder(f"loop-{seat}")) for seat in range(WORKERS)]
        self._thread = threading.Thread(target=self._run, name="loops", daemon=True)

    def start(self) -> None:
        """Begin, in threads of its own."""
        for worker in self._workers:
            worker.start()
        self._thread.start()

    def stop(self) -> None:
        """Take no further step. Work in hand is done again by whoever opens the workspace next."""
        self._ended.set()
        for worker in self._workers:
            worker.stop()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        pause = 0.0
        while not self._ended.wait(pause):
            began = time.monotonic()
            moved = self._ticked()
            took = time.monotonic() - began
            pause = 0.0 if moved else max(self._office.settings.control.tick_s, took / LOOKING - took)

    def _ticked(self) -> int:
        try:
            moved = self._tick.tick()
        except EverloopError as error:  # a full disk, a table that cannot be read
            log.warning("The loops could not be ticked: %s", error)
            return 0
        except Exception:  # the loops must survive whatever a store raises
            log.exception("The loops could not be ticked.")
            return 0
        for worker in self._workers:
            worker.wake()
        return moved

    def _context(self, key: str) -> Context:
        return self._office.context(LOOP, key)
