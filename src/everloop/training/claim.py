"""Who carries out a run: whoever holds the lock on its folder. The system releases it with the process."""

import fcntl
import os

from everloop.errors import Conflict
from everloop.records.names import checked_name
from everloop.stores.layout import Layout


class Claim:
    """A run's lock, held from now until it is released."""

    def __init__(self, layout: Layout, run: str) -> None:
        """Take it; raises Conflict if another process has it."""
        folder = layout.runs / checked_name(run, "run")
        folder.mkdir(parents=True, exist_ok=True)
        self._descriptor = os.open(folder / "claim", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            os.close(self._descriptor)
            raise Conflict(f"Run {run} is being carried out already.") from error

    def release(self) -> None:
        """Give it back."""
        os.close(self._descriptor)


def is_claimed(layout: Layout, run: str) -> bool:
    """Whether a living process carries the run out."""
    try:
        descriptor = os.open(layout.runs / checked_name(run, "run") / "claim", os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False
