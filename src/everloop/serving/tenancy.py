"""One supervisor a workspace: whoever holds the lock on `run/serving.lock`."""

import fcntl
import os
import time

from everloop.errors import WorkspaceBusy, WorkspaceUnusable
from everloop.stores.layout import Layout

RETRY_S = 0.05


class Tenancy:
    """The lock, held until released. The system releases it when its process dies, however it dies."""

    def __init__(self, layout: Layout, *, patience_s: float = 0.5) -> None:
        """Take the lock; raises WorkspaceBusy if another supervisor keeps it for longer than `patience_s`."""
        try:
            layout.run.mkdir(parents=True, exist_ok=True)
            self._descriptor = os.open(_file(layout), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise WorkspaceUnusable(
                f"Cannot write in {layout.run}: {error.strerror}.", remedy="Mend the folder's permissions."
            ) from error
        deadline = time.monotonic() + patience_s
        while not _locked(self._descriptor, fcntl.LOCK_EX):
            if time.monotonic() >= deadline:
                os.close(self._descriptor)
                raise WorkspaceBusy(
                    "This workspace is being served already.",
                    remedy="See `everloop status`, or stop the other `everloop up` or `everloop serve`.",
                )
            time.sleep(RETRY_S)

    def release(self) -> None:
        """Let another supervisor in."""
        os.close(self._descriptor)


def is_tenanted(layout: Layout) -> bool:
    """Whether a supervisor runs in this workspace now."""
    try:
        descriptor = os.open(_file(layout), os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        return not _locked(descriptor, fcntl.LOCK_SH)  # shared: two who look do not disturb each other
    finally:
        os.close(descriptor)


def _file(layout: Layout) -> str:
    return str(layout.run / "serving.lock")


def _locked(descriptor: int, kind: int) -> bool:
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
