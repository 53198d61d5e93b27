"""Stores that let a process die, fill up, and hand the turn to somebody else, at the borders of what they do."""

import random
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import TypeVar

from everloop.errors import WorkspaceUnusable
from everloop.jobs.queue import JobQueue
from everloop.records.codec import Stored
from everloop.records.job import Job
from everloop.stores.blobs import BlobStore
from everloop.stores.metadata import KeyPart, MetadataStore, Transaction
from everloop.testing.simulator.scenario import Faults

R = TypeVar("R", bound=Stored)


class Crash(BaseException):
    """The process dies here: nothing of ours may catch it."""


class Points:
    """Every point at which a process may die, counted as they are passed."""

    def __init__(self, seed: int, faults: Faults) -> None:
        self._chance = random.Random(f"{seed}/crash")
        self._crash = faults.crash
        self._crash_at = faults.crash_at
        self.calm = True  # nothing goes wrong
        self.full = False  # nothing can be written
        self.unpublished = False  # no file that workers follow can be written
        self.passed = 0
        self.border: Callable[[], None] = lambda: None  # somebody else may take the turn

    def pass_by(self, what: str) -> None:
        """Die here, or go on."""
        if self.calm:
            return
        self.passed += 1
        if self.passed == self._crash_at or (self._crash and self._chance.random() < self._crash):
            raise Crash(f"point {self.passed}, {what}")

    def write(self) -> None:
        """Raises WorkspaceUnusable while the disk is full."""
        if self.full and not self.calm:
            raise WorkspaceUnusable("The disk is full.")


class FaultyMetadata:
    """A metadata store that tells `kept` what each transaction wrote, once it has taken effect."""

    def __init__(
        self, inner: MetadataStore, points: Points, kept: Callable[[Sequence[Stored]], None]
    ) -> None:
        self._inner = inner
        self._points = points
        self._kept = kept

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """A transaction with a point before it, and, if it writes, one before and one after it takes effect."""
        self._points.border()
        self._points.pass_by("before a transaction")
        with self._inner.transaction() as inner:
            transaction = _Noted(inner, self._points)
            yield transaction
            if transaction.written:
                self._points.pass_by("before a transaction takes effect")
        if transaction.written:
            self._kept(transaction.written)
            self._points.pass_by("after a transaction")

    def close(self) -> None:
        """The store outlives its processes."""


class _Noted:
    def __init__(self, inner: Transaction, points: Points) -> None:
        self._inner = inner
        self._points = points
        self.written: list[Stored] = []

    def get(self, kind: type[R], *key: KeyPart) -> R | None:
        """The record with this key, or None."""
        return self._inner.get(kind, *key)

    def find(self, kind: type[R], *, newest: int | None = None, **equals: KeyPart) -> Sequence[R]:
        """The records whose fields equal these."""
        return self._inner.find(kind, newest=newest, **equals)

    def add(self, record: Stored) -> None:
        """Keep a new record."""
        self._points.write()
        self._inner.add(record)
        self.written.append(record)

    def replace(self, record: Stored) -> None:
        """Put it in the place of the one with its key."""
        self._points.write()
        self._inner.replace(record)
        self.written.append(record)


class FaultyBlobs:
    """A blob store with a point before and after each write."""

    def __init__(self, inner: BlobStore, points: Points) -> None:
        self._inner = inner
        self._points = points

    def write(self, data: bytes) -> str:
        """Keep `data`."""
        self._points.pass_by("before a blob")
        self._points.write()
        digest = self._inner.write(data)
        self._points.pass_by("after a blob")
        return digest

    def read(self, digest: str) -> bytes:
        """The bytes."""
        return self._inner.read(digest)

    def has(self, digest: str) -> bool:
        """Whether they are there."""
        return self._inner.has(digest)


class FaultyJobs:
    """A queue in memory with a point before and after each of its writes, as one over the metadata has."""

    def __init__(self, inner: JobQueue, points: Points) -> None:
        self._inner = inner
        self._points = points

    def submit(self, key: str, kind: str, payload: Mapping[str, object]) -> Job:
        """Queue a job, once."""
        return self._between(f"submission of {key}", lambda: self._inner.submit(key, kind, payload))

    def get(self, key: str) -> Job | None:
        """The job, or None."""
        return self._inner.get(key)

    def claim(self, holder: str, lease: timedelta, *, kinds: Collection[str] | None = None) -> Job | None:
        """Lease the job that has waited longest."""
        return self._between("a claim", lambda: self._inner.claim(holder, lease, kinds=kinds))

    def extend(self, key: str, holder: str, lease: timedelta) -> Job:
        """Keep a leased job."""
        return self._between(f"extension of {key}", lambda: self._inner.extend(key, holder, lease))

    def finish(self, key: str, holder: str, result: Mapping[str, object]) -> Job:
        """End a leased job with its result."""
        return self._between(f"end of {key}", lambda: self._inner.finish(key, holder, result))

    def fail(self, key: str, holder: str, error: str, again_after: timedelta | None) -> Job:
        """Tell why it could not be done."""
        return self._between(f"failure of {key}", lambda: self._inner.fail(key, holder, error, again_after))

    def give_back(self, key: str, holder: str) -> Job:
        """Queue a leased job again."""
        return self._between(f"return of {key}", lambda: self._inner.give_back(key, holder))

    def _between(self, what: str, verb: Callable[[], "T"]) -> "T":
        self._points.border()
        self._points.pass_by(f"before the {what}")
        self._points.write()
        answer = verb()
        self._points.pass_by(f"after the {what}")
        return answer


T = TypeVar("T")
