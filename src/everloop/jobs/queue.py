"""The queue of jobs: short work that is done at least once, by whoever holds it at the moment."""

from collections.abc import Collection, Mapping
from datetime import timedelta
from typing import Protocol

from everloop.records.job import Job


class JobQueue(Protocol):
    """Jobs by key, each leased to one holder at a time. Safe to use from several threads.

    A holder is named `<seat>/<life>`, such as `control/life_06f1`: of one seat only one life is alive, so a new
    life takes over at once what an earlier one left. Another seat waits until the lease has run out. Who has lost
    a lease to somebody else is refused: Conflict. A key that was never submitted raises NotFound.
    """

    def submit(self, key: str, kind: str, payload: Mapping[str, object]) -> Job:
        """Queue a job, once: the same submission again answers the job as it is by now.

        Raises Conflict if the key belongs to a job of another kind or payload.
        """
        ...

    def get(self, key: str) -> Job | None:
        """The job, or None."""
        ...

    def claim(self, holder: str, lease: timedelta, *, kinds: Collection[str] | None = None) -> Job | None:
        """Lease the job that has waited longest of those that are due, of any kind or of these; None if none is.

        Due is what is queued, unless it is to be tried again later; and what is leased, but to an earlier life of
        the holder's seat, or until a moment that has passed.
        """
        ...

    def extend(self, key: str, holder: str, lease: timedelta) -> Job:
        """Keep a leased job for `lease` from now."""
        ...

    def finish(self, key: str, holder: str, result: Mapping[str, object]) -> Job:
        """End a leased job with its result. The same holder may say it twice."""
        ...

    def fail(self, key: str, holder: str, error: str, again_after: timedelta | None) -> Job:
        """Tell why it could not be done: it is queued again, due after so long, or failed for good with None."""
        ...

    def give_back(self, key: str, holder: str) -> Job:
        """Queue a leased job again as if it had not been begun: its holder has to go."""
        ...
