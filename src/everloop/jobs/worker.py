"""Whoever does the jobs of a queue, one after another."""

import logging
import threading
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import timedelta

from everloop.errors import Conflict, EverloopError, NotFound, WorkspaceError
from everloop.jobs.heartbeat import kept
from everloop.jobs.queue import JobQueue
from everloop.records.job import Job
from everloop.records.names import new_id

Handler = Callable[[Job], Mapping[str, object]]

log = logging.getLogger("everloop.jobs")

PATIENCE_S = 5.0  # for a handler to notice that it is to stop


class Stopped(Exception):
    """Raised by a handler that was told to stop: its job is given back, as if it had not been begun."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Retries:
    """How often a job is begun in all, and the pauses between, each twice the one before."""

    attempts: int = 10
    first_pause: timedelta = timedelta(seconds=1)
    longest_pause: timedelta = timedelta(minutes=5)

    def pause_after(self, attempts: int) -> timedelta | None:
        """How long to wait after so many attempts; None when there were enough."""
        if attempts >= self.attempts:
            return None
        return min(self.first_pause * (1 << min(attempts - 1, 20)), self.longest_pause)


def new_holder(seat: str) -> str:
    """The name of a new life in a seat; see `JobQueue`."""
    return f"{seat}/{new_id('life')}"


class JobWorker:
    """Claims jobs of the kinds that it has handlers for. A handler may be run again: it acts by keys.

    What a handler answers is the job's result. An EverloopError of it fails the job at once, because bad input does
    not get better; only a workspace that is busy, full or unreadable, and an error that is not ours, are tried again.
    """

    def __init__(
        self,
        queue: JobQueue,
        handlers: Mapping[str, Handler],
        holder: str,
        *,
        lease: timedelta = timedelta(seconds=60),
        retries: Retries | None = None,
        poll_s: float = 0.2,
    ) -> None:
        self._queue = queue
        self._handlers = dict(handlers)
        self._holder = holder
        self._lease = lease
        self._retries = retries or Retries()
        self._poll_s = poll_s
        self.stopping = threading.Event()  # a handler that takes long looks at it, and raises Stopped
        self._wake = threading.Event()
        self._lost = False  # the last job: somebody else is at it
        self._thread: threading.Thread | None = None

    def run_one(self) -> bool:
        """Claim one job and do it, in this thread; answers whether there was one.

        Its lease is not extended meanwhile: this is for ticks and simulators, in which nobody else could claim it.
        """
        return self._run_one(lambda job: nullcontext())

    def start(self) -> None:
        """Do jobs in a thread of its own until it is stopped, extending the lease of the one in hand."""
        self._thread = threading.Thread(target=self._run, name=f"jobs {self._holder}", daemon=True)
        self._thread.start()

    def wake(self) -> None:
        """Look for a job now: one was submitted."""
        self._wake.set()

    def stop(self, patience_s: float = PATIENCE_S) -> bool:
        """Take no more jobs, and wait a little for the one in hand; answers whether it ended.

        One that did not is left leased: the next life in this seat, or another seat later, does it again.
        """
        self.stopping.set()
        self._wake.set()
        if self._thread is None:
            return True
        self._thread.join(patience_s)
        return not self._thread.is_alive()

    def _run(self) -> None:
        while not self.stopping.is_set():
            try:
                found = self._run_one(lambda job: kept(self._queue, job.key, self._holder, self._lease))
            except EverloopError as error:  # a full disk, a workspace that is being closed
                log.warning("No job could be claimed or ended: %s", error)
                found = False
            except Exception:  # the worker must survive whatever a store raises
                log.exception("No job could be claimed or ended.")
                found = False
            if self._lost:  # to claim it back at once, and they again, would end it for nobody
                self._lost = False
                self.stopping.wait(self._poll_s)
            elif not found:
                self._wake.wait(self._poll_s)
                self._wake.clear()

    def _run_one(self, lease_of: Callable[[Job], AbstractContextManager[None]]) -> bool:
        job = self._queue.claim(self._holder, self._lease, kinds=self._handlers.keys())
        if job is None:
            return False
        try:
            with lease_of(job):
                self._do(job)
        except (Conflict, NotFound) as lost:
            log.warning("The job %r is not ours to end: %s", job.key, lost)
            self._lost = True
        return True

    def _do(self, job: Job) -> None:
        """Raises Conflict if the lease was lost meanwhile: whoever has it by now ends the job."""
        if job.attempts > self._retries.attempts:
            error = job.error or "whoever did it ended each time"
            self._queue.fail(job.key, self._holder, f"Begun {job.attempts - 1} times in vain: {error}", None)
            return
        try:
            self._queue.finish(job.key, self._holder, self._handlers[job.kind](job))
        except Stopped:
            self._queue.give_back(job.key, self._holder)
        except WorkspaceError as error:
            self._again(job, str(error))
        except EverloopError as error:
            self._queue.fail(job.key, self._holder, str(error), None)
        except Exception as error:  # whatever a library raises: the worker must survive it
            log.exception("The job %r failed.", job.key)
            self._again(job, f"{type(error).__name__}: {error}")

    def _again(self, job: Job, error: str) -> None:
        pause = self._retries.pause_after(job.attempts)
        log.warning("The job %r failed, attempt %d: %s", job.key, job.attempts, error)
        self._queue.fail(job.key, self._holder, error, pause)
