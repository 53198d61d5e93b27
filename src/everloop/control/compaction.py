"""Moves captured rows from the workers' segments into tables, every few seconds, in a thread of its own."""

import logging
import threading
from typing import TYPE_CHECKING

from everloop.errors import EverloopError

if TYPE_CHECKING:
    from everloop.ledger.ledger import Ledger

STOP_S = 30.0  # for the commit under way

log = logging.getLogger("everloop.control")


class Compaction:
    """The timer. A failure is logged, once as long as it stays the same, and tried again next time."""

    def __init__(self, ledger: "Ledger", every_s: float) -> None:
        """Start it; the first time is at once, for what an earlier life left."""
        self._ledger = ledger
        self._every_s = every_s
        self._ended = threading.Event()
        self._complaint = ""
        self._thread = threading.Thread(target=self._run, name="compaction", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Finish the commit under way. What is not yet moved stays readable where it is."""
        self._ended.set()
        self._thread.join(STOP_S)

    def _run(self) -> None:
        while not self._ended.is_set():
            try:
                self._ledger.compact()
                self._complaint = ""
            except EverloopError as error:
                self._complain(str(error))
            except Exception as error:  # noqa: BLE001 - captured rows must go on being moved
                self._complain(f"{type(error).__name__}: {error}")
            self._ended.wait(self._every_s)

    def _complain(self, text: str) -> None:
        if text != self._complaint:
            log.error("captured rows could not be moved into their tables, trying again: %s", text)
            self._complaint = text
