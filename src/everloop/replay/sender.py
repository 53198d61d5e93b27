"""Sends rows over several connections at a steady pace, and their truths when they are due."""

import logging
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import timedelta
from math import isnan
from typing import Any

from everloop.clock import Clock
from everloop.errors import EverloopError
from everloop.records.signature import Label
from everloop.replay.line import Line, persistently
from everloop.replay.pace import Pace
from everloop.replay.sent import Sent
from everloop.replay.truths import Truths

BEHIND_S = 0.25  # so far behind its pace it catches up; what is later moves all that follows
LOOK_S = 0.1  # between two looks at the conditions of a stretch
PATIENCE_S = 30.0  # for an endpoint that does not answer

log = logging.getLogger("everloop.replay")


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """Rows of one request: the number of the first, and for each its truth and how long after the answer it comes."""

    first: int
    rows: Sequence[Mapping[str, object]]
    ids: Sequence[str]
    truths: Sequence[Label | None]
    delays: Sequence[float]  # seconds, of the platform's time; NaN: never


class Sender:
    """One replay's. Its counts go on from stretch to stretch."""

    def __init__(
        self, line: Line, pieces: Iterator[Piece], *, pace: Pace, clock: Clock, connections: int
    ) -> None:
        self._line = line
        self._pieces = pieces
        self._pace = pace
        self._clock = clock
        self._free = threading.Semaphore(connections)
        self._connections = connections
        self._pool = ThreadPoolExecutor(connections, thread_name_prefix="replay")
        self._truths = Truths(line, clock)
        self._lock = threading.Lock()
        self._counts = Sent()
        self._ended = threading.Event()
        self._due = 0.0  # when the next piece goes, by the monotonic clock
        self.is_over = False  # every row was sent

    @property
    def counts(self) -> Sent:
        """How far it is now."""
        with self._lock:
            found = self._counts
        return replace(found, with_truth=self._truths.told, truth_waiting=self._truths.waiting)

    def send(
        self,
        most: int | None,
        *,
        until: Callable[[], bool],
        hold: Callable[[], bool],
        watch: Callable[[Sent], None],
    ) -> Sent:
        """Send rows until `until` holds, at most so many; while `hold` holds, none. All conditions are looked at often.

        Every answer has arrived, or failed, when it returns.
        """
        self._due = time.monotonic()
        begun, looked = self._counts.sent, 0.0
        try:
            while most is None or self._counts.sent - begun < most:
                if time.monotonic() - looked >= LOOK_S:
                    watch(self.counts)
                    if until():
                        break
                    while hold() and not until():
                        watch(self.counts)
                        time.sleep(LOOK_S)
                        self._due = time.monotonic()
                    looked = time.monotonic()
                if not self._send_next():
                    break
        finally:
            self._wait_for_answers()
        watch(self.counts)
        return self.counts

    def settle(self, timeout_s: float | None, watch: Callable[[Sent], None]) -> Sent:
        """Wait until every truth that comes was sent, or so long."""
        until = None if timeout_s is None else time.monotonic() + timeout_s
        while not self._truths.wait(LOOK_S):
            watch(self.counts)
            if until is not None and time.monotonic() > until:
                break
        watch(self.counts)
        return self.counts

    def stop(self) -> Sent:
        """Send nothing more; what is under way may end. Truths that were not sent are counted as waiting."""
        self._ended.set()
        self._pool.shutdown(wait=True, cancel_futures=True)
        self._truths.stop()
        return self.counts

    def _send_next(self) -> bool:
        piece = next(self._pieces, None)
        if piece is None:
            self.is_over = True
            return False
        self._due += sum(self._pace.gap(piece.first + place) for place in range(len(piece.rows)))
        now = time.monotonic()
        if self._due > now:
            time.sleep(self._due - now)
        self._due = max(self._due, now - BEHIND_S)
        self._free.acquire()
        self._add(sent=len(piece.rows))
        self._pool.submit(self._carry, piece)
        return True

    def _wait_for_answers(self) -> None:
        for _ in range(self._connections):
            self._free.acquire()
        self._free.release(self._connections)

    def _carry(self, piece: Piece) -> None:
        try:
            answered = persistently(
                lambda: self._line.ask(piece.rows, piece.ids),
                patience_s=PATIENCE_S,
                ended=self._ended,
                repeated=lambda: self._add(repeated=1),
            )
        except EverloopError as error:
            self._add(failed=len(piece.rows), why_failed=str(error))
        except (
            Exception
        ) as error:  # whatever a client's library raises: every row that was sent is accounted for
            log.exception("The rows from %s on were not answered.", piece.ids[0])
            self._add(failed=len(piece.rows), why_failed=f"{type(error).__name__}: {error}")
        else:
            self._delivered(piece, answered)
        finally:
            self._free.release()

    def _delivered(self, piece: Piece, answered: Sequence[str]) -> None:
        now = self._clock.now()
        coming = [
            (now + timedelta(seconds=delay), id, truth)
            for id, truth, delay in zip(answered, piece.truths, piece.delays, strict=True)
            if truth is not None and not isnan(delay)
        ]
        self._truths.put(coming)
        self._add(delivered=len(piece.rows), truth_never=len(piece.rows) - len(coming))

    def _add(self, *, why_failed: str = "", **more: int) -> None:
        with self._lock:
            counts = self._counts
            summed: dict[str, Any] = {name: getattr(counts, name) + count for name, count in more.items()}
            self._counts = replace(counts, **summed, why_failed=counts.why_failed or why_failed)
