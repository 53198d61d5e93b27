"""Turns the loops of an open workspace: ticks them, and does the work that they ask for."""

import logging
import threading
import time
from dataclasses import dataclass

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
POLL_S = 5.0  # each tick wakes whoever does the work
LOOKING = 0.1  # of the time at most is spent on looking: a look that takes long is taken less often
LONGEST_PAUSE_S = 20.0  # the first look after a start may be slow, and tells nothing of the next

log = logging.getLogger("everloop.loop")


@dataclass(slots=True)
class _Pace:
    """When endpoints are looked at next. What takes long at those without a rollout makes no rollout wait longer."""

    rolling: bool
    due: float = 0.0  # by the machine's steady clock

    def looked(self, began: float, tick_s: float) -> None:
        """A look has ended that began then."""
        now = time.monotonic()
        resting = min(LONGEST_PAUSE_S, (now - began) / LOOKING - (now - began))
        self.due = now + max(tick_s, resting)


class LoopEngine:
    """One for each open office: whoever has the writer's lock turns its loops, and nobody else."""

    def __init__(self, office: Office, surroundings: Surroundings | None = None) -> None:
        self._office = office
        self._ended = threading.Event()
        surroundings = surroundings or LedgerSurroundings(self._ended)
        metadata = office.context(LOOP, new_id("key")).metadata
        queue = LeasedJobs(metadata, SystemClock())  # leases are of machines, however fast other time runs
        works = handlers(self._context, surroundings)
        self._tick = LoopTick(self._context, surroundings, queue)
        self._workers = [
            JobWorker(queue, works, new_holder(f"loop-{seat}"), poll_s=POLL_S) for seat in range(WORKERS)
        ]
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
        rollouts, others = _Pace(rolling=True), _Pace(rolling=False)
        while not self._ended.is_set():
            pace = min(rollouts, others, key=lambda one: one.due)  # of two that are due at once, the rollouts
            if self._ended.wait(max(0.0, pace.due - time.monotonic())):
                return
            began = time.monotonic()
            moved = self._ticked(pace.rolling)
            pace.looked(began, self._office.settings.control.tick_s)
            if moved:
                rollouts.due = others.due = began

    def _ticked(self, rolling: bool) -> int:
        try:
            moved = self._tick.tick(rolling=rolling)
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
