"""The queue in memory: the deterministic twin, for tests and simulators."""

import threading
from collections.abc import Callable, Collection, Mapping
from datetime import timedelta

from everloop.clock import Clock
from everloop.errors import NotFound
from everloop.jobs import lease as leases
from everloop.records.codec import from_json, to_json
from everloop.records.job import Job


class MemoryJobs:
    """A `JobQueue` in a dictionary, as the bytes that a file would hold. It outlives whoever works from it."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._jobs: dict[str, bytes] = {}
        self._open: dict[str, None] = {}  # keys of those that have not ended, in their order
        self._turn = threading.Lock()

    def submit(self, key: str, kind: str, payload: Mapping[str, object]) -> Job:
        """Queue a job, once."""
        asked = leases.queued(key, kind, payload, self._clock.now())
        with self._turn:
            earlier = self._known(key) if key in self._jobs else self._put(asked)
        leases.expect_same(earlier, asked)
        return earlier

    def get(self, key: str) -> Job | None:
        """The job, or None."""
        with self._turn:
            return self._known(key) if key in self._jobs else None

    def claim(self, holder: str, lease: timedelta, *, kinds: Collection[str] | None = None) -> Job | None:
        """Lease the job that has waited longest of those that are due."""
        with self._turn:
            now = self._clock.now()
            job = leases.oldest_due(map(self._known, self._open), holder, now, kinds)
            return None if job is None else self._put(leases.leased(job, holder, lease, now))

    def extend(self, key: str, holder: str, lease: timedelta) -> Job:
        """Keep a leased job for `lease` from now."""
        return self._changed(key, lambda job: leases.extended(job, holder, lease, self._clock.now()))

    def finish(self, key: str, holder: str, result: Mapping[str, object]) -> Job:
        """End a leased job with its result."""
        return self._changed(key, lambda job: leases.finished(job, holder, result, self._clock.now()))

    def fail(self, key: str, holder: str, error: str, again_after: timedelta | None) -> Job:
        """Tell why it could not be done."""
        return self._changed(
            key, lambda job: leases.failed(job, holder, error, again_after, self._clock.now())
        )

    def give_back(self, key: str, holder: str) -> Job:
        """Queue a leased job again as if it had not been begun."""
        return self._changed(key, lambda job: leases.given_back(job, holder, self._clock.now()))

    def _changed(self, key: str, change: Callable[[Job], Job]) -> Job:
        with self._turn:
            return self._put(change(self._known(key)))

    def _known(self, key: str) -> Job:
        if key not in self._jobs:
            raise NotFound(f"There is no job {key!r}.")
        return from_json(Job, self._jobs[key])

    def _put(self, job: Job) -> Job:
        self._jobs[job.key] = to_json(job)
        if job.state in ("done", "failed"):
            self._open.pop(job.key, None)
        else:
            self._open[job.key] = None
        return job
