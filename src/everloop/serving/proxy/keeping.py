"""Answers that are to be captured wait for the turn's one write, and leave after it."""

import asyncio
import logging
from typing import Protocol

from everloop.errors import CaptureFailed
from everloop.ledger.capture import Answered, CaptureLog
from everloop.serving.proxy.counts import Counts
from everloop.serving.proxy.exchange import Exchange

log = logging.getLogger("everloop.proxy")


class Reader(Protocol):
    """Makes rows of what passed."""

    def read(self, exchange: Exchange) -> Answered | None:
        """What is to be kept of it, if anything. Never raises."""
        ...


class Keeping:
    """The exchanges of a turn of the loop, captured in one write.

    Where one client speaks twice in a row, nobody else is likely to: it does not wait for the turn's end. What the disk
    does not take leaves all the same: a full disk of ours must not stop somebody else's service.
    """

    def __init__(
        self, loop: asyncio.AbstractEventLoop, capture: CaptureLog, reader: Reader, counts: Counts
    ) -> None:
        self._loop = loop
        self._capture = capture
        self._reader = reader
        self._counts = counts
        self._waiting: list[tuple[Exchange, bytes]] = []
        self._last: object = None
        self._scheduled = False
        self._failing = False

    def add(self, exchange: Exchange, last: bytes) -> None:
        """Capture it, then send its last bytes."""
        self._waiting.append((exchange, last))
        if self._scheduled:
            return
        if exchange.client is self._last:
            self.finish()
        else:
            self._last = exchange.client
            self._scheduled = True
            self._loop.call_soon(self.finish)

    def finish(self) -> None:
        """Capture what waits, and let it go."""
        self._scheduled = False
        waiting, self._waiting = self._waiting, []
        try:
            self._keep([exchange for exchange, _ in waiting])
        except Exception:  # whatever goes wrong with our copy, the answers are not ours to hold back
            log.exception("%d answers were not captured", len(waiting))
            self._counts.uncaptured += len(waiting)
        for exchange, last in waiting:
            exchange.release(last)

    def _keep(self, exchanges: list[Exchange]) -> None:
        read = [self._reader.read(exchange) for exchange in exchanges]
        answered = [one for one in read if one is not None]
        if not answered:
            return
        try:
            self._capture.append(answered)
        except CaptureFailed as error:
            self._counts.uncaptured += len(answered)
            if not self._failing:
                log.error("answers pass and are not captured: %s", error)
            self._failing = True
            return
        if self._failing:
            log.info("answers are captured again")
        self._failing = False
        for one in answered:
            if one.error:
                self._counts.errors += len(one.ids)
            else:
                self._counts.captured += len(one.ids)
