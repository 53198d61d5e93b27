"""Where a command plays what takes minutes: a folder that is given and stays, or a temporary one that goes."""

import signal
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType


@contextmanager
def place(folder: str, purpose: str) -> Iterator[Path]:
    """The folder, or a temporary one that names its `purpose`. TERM ends the block as Ctrl-C does, and so cleans up."""
    with _as_interrupt(signal.SIGTERM):
        if folder:
            yield Path(folder)
            return
        prefix = f"everloop-{purpose}-"
        with tempfile.TemporaryDirectory(prefix=prefix, ignore_cleanup_errors=True) as temporary:
            yield Path(temporary)


@contextmanager
def _as_interrupt(number: signal.Signals) -> Iterator[None]:
    def interrupt(number: int, frame: FrameType | None) -> None:
        signal.signal(number, signal.SIG_IGN)  # once: a second one would disturb the cleaning up
        raise KeyboardInterrupt

    before = signal.signal(number, interrupt)
    try:
        yield
    finally:
        signal.signal(number, before)
