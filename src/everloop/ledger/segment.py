"""The capture log in files: a segment a worker, one `write()` a group.

A segment is `<worker>-<sequence>.open` while its worker lives, which holds a lock on it, and `.seg` once it
is sealed. The kernel drops the lock of a worker that dies, so that its open segment can be told from a living
one.
"""

import fcntl
import os
import time
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from everloop.errors import CaptureFailed
from everloop.ledger.capture import FORMAT, Answered, Context, Promise, Received, Segment
from everloop.ledger.folder import NEW, OPEN, SEALED, CaptureFolder
from everloop.ledger.frames import Kind, to_frame
from everloop.records.names import checked_name, new_id
from everloop.stores.durable import sync

MAX_BYTES = 64 << 20
MAX_AGE_S = 30.0  # readers see open segments too; younger ones would only make more commits


class SegmentLog:
    """A capture log in a folder, for one thread of one process."""

    def __init__(
        self,
        folder: Path,
        *,
        promise: Promise = "written",
        worker: str | None = None,
        max_bytes: int = MAX_BYTES,
        max_age_s: float = MAX_AGE_S,
    ) -> None:
        self._folder = folder
        self._promise: Promise = promise
        self._worker = checked_name(worker or new_id("w"), "worker token")
        self._max_bytes, self._max_age_s = max_bytes, max_age_s
        self._numbers: dict[Context, int] = {}
        self._contexts: list[Context] = []
        self._sequence = 0
        self._fd = -1
        self._path: Path | None = None
        self._size = 0  # of whole groups; what lies behind it is cut off
        self._header_size = 0
        self._opened_at = 0.0
        self._in_segment: set[int] = set()  # contexts that the present segment holds
        self._closed = False

    @property
    def promise(self) -> Promise:
        """`written` or `synced`."""
        return self._promise

    @property
    def worker(self) -> str:
        """The token that its segments are named after."""
        return self._worker

    def context(self, context: Context) -> int:
        """The number of `context`; written into a segment before the first answer there that names it."""
        number = self._numbers.get(context)
        if number is None:
            number = self._numbers[context] = len(self._contexts)
            self._contexts.append(context)
        return number

    def append(self, answers: Sequence[Answered] = (), outcomes: Sequence[Received] = ()) -> None:
        """Keep a group in one write; raises CaptureFailed when the file does not take it."""
        if self._fd < 0:
            self._open()
        frames = [to_frame(Kind.ANSWERS, answers)] if answers else []
        if outcomes:
            frames.append(to_frame(Kind.OUTCOMES, outcomes))
        fresh = {answer.context for answer in answers if answer.context not in self._in_segment}
        if fresh:
            frames[:0] = [
                to_frame(Kind.CONTEXT, (number, self._contexts[number])) for number in sorted(fresh)
            ]
        self._write(frames[0] if len(frames) == 1 else b"".join(frames))
        self._in_segment |= fresh

    def rotate(self) -> bool:
        """Seal the present segment if it holds something and is large or old enough."""
        empty = self._fd < 0 or self._size == self._header_size
        due = self._size >= self._max_bytes or time.monotonic() - self._opened_at >= self._max_age_s
        if empty or not due:
            return False
        self.seal()
        return True

    def seal(self) -> None:
        """End the present segment; one that holds nothing is removed.

        Where that fails with an OSError, the segment is given up all the same: nothing follows an end that is
        written, and the compactor seals what is no longer locked.
        """
        if self._fd < 0:
            return
        path = self._path
        assert path is not None
        try:
            if self._size == self._header_size:
                path.unlink(missing_ok=True)
            else:
                self._mark_end()
                with suppress(FileNotFoundError):  # given up while it was marked, and sealed by the compactor
                    path.rename(path.with_suffix(SEALED))
        finally:
            self._let_go()

    def close(self) -> None:
        """Seal, and refuse further appends."""
        try:
            self.seal()
        finally:
            self._closed = True

    def segments(self) -> Sequence[Segment]:
        """This worker's segments that are still in the folder."""
        folder = CaptureFolder(self._folder)
        mine = [folder.read(name) for name in folder.ids() if name.rpartition("-")[0] == self._worker]
        return [segment for segment in mine if segment is not None]

    def _open(self) -> None:
        if self._closed:
            raise CaptureFailed("The capture log is closed.", remedy="Open another one.")
        name = f"{self._worker}-{self._sequence:06d}"
        path = self._folder / f"{name}{NEW}"  # no name that a compactor takes, until it is locked
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise self._failed(error) from error
        self._fd, self._path, self._size = fd, path, 0
        self._in_segment = set()
        header = (FORMAT, self._worker, self._sequence, datetime.now(UTC))
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self._write(to_frame(Kind.HEADER, header))
            path.rename(path.with_suffix(OPEN))
            if self._promise == "synced":
                sync(self._folder)
        except (OSError, CaptureFailed) as error:
            path.unlink(missing_ok=True)
            self._let_go()
            raise error if isinstance(error, CaptureFailed) else self._failed(error) from error
        self._path = path.with_suffix(OPEN)
        self._header_size = self._size
        self._opened_at = time.monotonic()
        self._sequence += 1

    def _write(self, data: bytes) -> None:
        try:
            written = os.write(self._fd, data)
            if written == len(data) and self._promise == "synced":
                os.fdatasync(self._fd)
        except OSError as error:
            self._cut_back(poisoned=self._promise == "synced")
            raise self._failed(error) from error
        if written != len(data):
            self._cut_back()
            raise CaptureFailed(
                f"The capture log took {written} of {len(data)} bytes, so nothing of them was kept.",
                remedy="Free some space on its disk.",
            )
        self._size += written

    def _cut_back(self, *, poisoned: bool = False) -> None:
        """Drop what was written behind the last whole group.

        A segment that cannot be cut, or whose sync failed (the kernel may then forget what it could not
        write), is given up: no good frame ever follows a torn one.
        """
        try:
            os.ftruncate(self._fd, self._size)
        except OSError:
            poisoned = True
        if poisoned and self._path is not None and self._path.suffix == OPEN:
            self._let_go()

    def _mark_end(self) -> None:
        with suppress(CaptureFailed):  # sealed all the same: the delivery of its last group is then unknown
            self._write(to_frame(Kind.END, datetime.now(UTC)))

    def _let_go(self) -> None:
        if self._fd >= 0:
            os.close(self._fd)
        self._fd, self._path, self._size, self._header_size = -1, None, 0, 0

    def _failed(self, error: OSError) -> CaptureFailed:
        return CaptureFailed(
            f"The capture log in {self._folder.name}/ cannot be written: {error.strerror}.",
            remedy="Free some space on its disk, or mend the folder's permissions.",
        )
