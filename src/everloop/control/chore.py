"""Something that the control plane does every few seconds, in a thread of its own."""

import logging
import threading
from collections.abc import Callable

from everloop.errors import EverloopError

STOP_S = 30.0  # for what is under way

log = logging.getLogger("everloop.control")


class Chore:
    """The timer. A failure is logged, once as long as it stays the same, and tried again next time."""

    def __init__(self, what: str, work: Callable[[], object], every_s: float) -> None:
        """Start it; the first time is at once, for what an earlier life left. `what` fails, in words."""
        self._what = what
        self._work = work
        self._every_s = every_s
        self._ended = threading.Event()
        self._complaint = ""
        self._thread = threading.Thread(target=self._run, name=what, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Finish what is under way, and do it no more."""
        self._ended.set()
        self._thread.join(STOP_S)

    def _run(self) -> None:
        while not self._ended.is_set():
            try:
                self._work()
                self._complaint = ""
            except EverloopError as error:
                self._complain(str(error))
            except Exception as error:  # noqa: BLE001 - whatever one round meets, the next is due
                self._complain(f"{type(error).__name__}: {error}")
            self._ended.wait(self._every_s)

    def _complain(self, text: str) -> None:
        if text != self._complaint:
            log.error("%s failed, trying again: %s", self._what, text)
            self._complaint = text
