"""The workspace's lock: one process writes metadata at a time, and says who it is."""

import fcntl
import json
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from everloop.clock import Clock, SystemClock
from everloop.errors import WorkspaceBusy, WorkspaceUnusable

_LOOK_AGAIN_S = 0.01


class WriterLock:
    """An advisory lock (flock) on a file. The kernel lets go of it when its process dies, however it dies.

    Threads that share this object wait for one another; the thread that holds it must not take it again.
    """

    def __init__(self, path: Path, clock: Clock | None = None) -> None:
        self._path = path
        self._clock = clock or SystemClock()
        self._turn = threading.Lock()
        self._owner: int | None = None
        self._file: int | None = None

    def acquire(self, *, purpose: str, timeout: float = 0.0) -> None:
        """Take the lock, waiting up to `timeout` seconds for it.

        Raises WorkspaceBusy, which names the holder; WorkspaceUnusable if the file cannot be written.
        """
        if self._owner == threading.get_ident():
            raise RuntimeError("This thread holds the workspace's lock already.")
        until = time.monotonic() + timeout
        if not self._turn.acquire(timeout=max(0.0, timeout)):
            raise self._busy()
        try:
            self._file = self._locked_file(until)
            self._sign(self._file, purpose)
        except BaseException:
            self._turn.release()
            raise
        self._owner = threading.get_ident()

    def release(self) -> None:
        """Let go of it. Does nothing if it is not held."""
        if self._file is None:
            return
        os.ftruncate(self._file, 0)
        os.close(self._file)  # the kernel unlocks with the last descriptor
        self._file, self._owner = None, None
        self._turn.release()

    @contextmanager
    def held(self, *, purpose: str, timeout: float = 0.0) -> Iterator[None]:
        """The lock, for the length of a block."""
        self.acquire(purpose=purpose, timeout=timeout)
        try:
            yield
        finally:
            self.release()

    def holder(self) -> str:
        """Who holds it, or was killed while it did, in its own words; "" for nobody."""
        try:
            said = json.loads(self._path.read_text(encoding="utf-8"))
            since = datetime.fromisoformat(said["since"]).astimezone(UTC)
            return f"process {int(said['pid'])} ({said['purpose']}) since {since:%Y-%m-%d %H:%M:%S} UTC"
        except (OSError, ValueError, KeyError, TypeError):
            return ""  # nobody, or somebody who is signing just now

    def _locked_file(self, until: float) -> int:
        try:
            file = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise WorkspaceUnusable(
                f"{self._path} cannot be written: {error.strerror}.",
                remedy="Give this user the right to write to the workspace.",
            ) from error
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return file
            except BlockingIOError:
                if time.monotonic() >= until:
                    os.close(file)
                    raise self._busy() from None
                time.sleep(_LOOK_AGAIN_S)
            except BaseException:
                os.close(file)
                raise

    def _sign(self, file: int, purpose: str) -> None:
        text = json.dumps({"pid": os.getpid(), "purpose": purpose, "since": self._clock.now().isoformat()})
        try:
            os.ftruncate(file, 0)
            os.pwrite(file, text.encode(), 0)
        except OSError as error:
            os.close(file)
            self._file = None
            raise WorkspaceUnusable(
                f"{self._path} cannot be written: {error.strerror}.", remedy="Free some space and try again."
            ) from error

    def _busy(self) -> WorkspaceBusy:
        who = self.holder() or "another process"
        return WorkspaceBusy(
            f"The workspace {self._path.parent} is being written by {who}.", remedy="Wait for it, or stop it."
        )
