"""The queue as leased rows of the metadata: whatever transaction its store keeps, the queue keeps."""

from collections.abc import Callable, Collection, Mapping
from datetime import timedelta

from everloop.clock import Clock
from everloop.errors import NotFound
from everloop.jobs import lease as leases
from everloop.records.job import Job
from everloop.stores.metadata import MetadataStore, Transaction


def submit_within(
    transaction: Transaction, clock: Clock, key: str, kind: str, payload: Mapping[str, object]
) -> Job:
    """Queue a job in a transaction that does other things too; see `JobQueue.submit`."""
    asked = leases.queued(key, kind, payload, clock.now())
    earlier = transaction.get(Job, key)
    if earlier is not None:
        leases.expect_same(earlier, asked)
        return earlier
    transaction.add(asked)
    return asked


class LeasedJobs:
    """A `JobQueue` over any metadata store: each verb is one transaction.

    A claim reads the jobs that are queued or leased, which are few, and none that have ended.
    """

    def __init__(self, metadata: MetadataStore, clock: Clock) -> None:
        self._metadata = metadata
        self._clock = clock

    def submit(self, key: str, kind: str, payload: Mapping[str, object]) -> Job:
        """Queue a job, once."""
        with self._metadata.transaction() as transaction:
            return submit_within(transaction, self._clock, key, kind, payload)

    def get(self, key: str) -> Job | None:
        """The job, or None."""
        with self._metadata.transaction() as transaction:
            return transaction.get(Job, key)

    def claim(self, holder: str, lease: timedelta, *, kinds: Collection[str] | None = None) -> Job | None:
        """Lease the job that has waited longest of those that are due."""
        with self._metadata.transaction() as transaction:
            open_jobs = (*transaction.find(Job, state="leased"), *transaction.find(Job, state="queued"))
            now = self._clock.now()
            job = leases.oldest_due(open_jobs, holder, now, kinds)
            if job is None:
                return None
            claimed = leases.leased(job, holder, lease, now)
            transaction.replace(claimed)
            return claimed

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
        with self._metadata.transaction() as transaction:
            job = transaction.get(Job, key)
            if job is None:
                raise NotFound(f"There is no job {key!r}.")
            changed = change(job)
            transaction.replace(changed)
            return changed
