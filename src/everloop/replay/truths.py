"""Truths on their way: each is sent when it is due, whatever else the replay does."""

import heapq
import logging
import threading
from collections.abc import Sequence
from datetime import datetime

from everloop.clock import Clock
from everloop.errors import EverloopError
from everloop.records.signature import Label
from everloop.replay.line import Line, persistently

LOOK_S = 0.05  # between looks at what is due: truths of one look go together
MOST = 500  # truths of one look
PATIENCE_S = 60.0

log = logging.getLogger("everloop.replay")


class Truths:
    """A thread that sends them. Due times are the platform's."""

    def __init__(self, line: Line, clock: Clock) -> None:
        self._line = line
        self._clock = clock
        self._heap: list[tuple[datetime, str, Label]] = []
        self._lock = threading.Condition()
        self._under_way = 0
        self._told = 0
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="truths", daemon=True)
        self._thread.start()

    @property
    def told(self) -> int:
        """How many were taken."""
        return self._told

    @property
    def waiting(self) -> int:
        """How many are not due yet, or under way."""
        with self._lock:
            return len(self._heap) + self._under_way

    def put(self, truths: Sequence[tuple[datetime, str, Label]]) -> None:
        """Send these when they are due."""
        with self._lock:
            for truth in truths:
                heapq.heappush(self._heap, truth)

    def wait(self, timeout_s: float | None = None) -> bool:
        """Until all are told, or the thread has ended; whether all are."""
        with self._lock:
            self._lock.wait_for(lambda: not self._left() or self._ended.is_set(), timeout_s)
            return not self._left()

    def stop(self) -> None:
        """Send no more."""
        self._ended.set()
        with self._lock:
            self._lock.notify_all()
        self._thread.join(PATIENCE_S)

    def _left(self) -> bool:
        return bool(self._heap) or self._under_way > 0

    def _run(self) -> None:
        while not self._ended.wait(LOOK_S):
            due = self._due()
            if due:
                self._send(due)

    def _due(self) -> list[tuple[datetime, str, Label]]:
        now = self._clock.now()
        with self._lock:
            found: list[tuple[datetime, str, Label]] = []
            while self._heap and self._heap[0][0] <= now and len(found) < MOST:
                found.append(heapq.heappop(self._heap))
            self._under_way = len(found)
        return found

    def _send(self, due: Sequence[tuple[datetime, str, Label]]) -> None:
        ids, values = [id for _, id, _ in due], [value for _, _, value in due]
        taken = 0
        try:
            persistently(
                lambda: self._line.tell(ids, values),
                patience_s=PATIENCE_S,
                ended=self._ended,
                repeated=lambda: None,
            )
            taken = len(due)
        except EverloopError as error:
            log.warning("%d truths were not taken: %s", len(due), error)
            if self._ended.is_set():
                self.put(due)  # they count as not sent
        with self._lock:
            self._told += taken
            self._under_way = 0
            self._lock.notify_all()
