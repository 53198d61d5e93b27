"""Signals as input: each arrives as one byte on a socket, to be selected with everything else."""

import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def caught_signals(*numbers: signal.Signals) -> Iterator[socket.socket]:
    """Catch `numbers` while the block runs; the socket then reads their numbers, one byte each.

    Only the main thread can. Earlier handlers are put back at the end.
    """
    reading, writing = socket.socketpair()
    with reading, writing:
        reading.setblocking(False)
        writing.setblocking(False)
        before = {number: signal.signal(number, _noted) for number in numbers}
        descriptor = signal.set_wakeup_fd(writing.fileno(), warn_on_full_buffer=False)
        try:
            yield reading
        finally:
            signal.set_wakeup_fd(descriptor)
            for number, handler in before.items():
                signal.signal(number, handler)


def _noted(number: int, frame: FrameType | None) -> None:
    """The byte says it all; a handler must be there for it to be written."""
