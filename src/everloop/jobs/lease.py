"""What becomes of a job: pure functions from one state of it to the next.

All moments in a job were written by clocks that may have jumped since. A job that was last moved in the future,
seen from now, is one whose moments say nothing: it is due.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from everloop.errors import Conflict
from everloop.records.codec import from_json, to_json
from everloop.records.job import Job

CLOCKS_AGREE = timedelta(seconds=10)  # clocks that are corrected by less than this have not jumped


def queued(key: str, kind: str, payload: Mapping[str, object], now: datetime) -> Job:
    """A new job; raises InvalidData for a payload that JSON cannot keep."""
    job = Job(key=key, kind=kind, payload=dict(payload), state="queued", queued_at=now, moved_at=now)
    return _as_kept(job)


def expect_same(earlier: Job, asked: Job) -> None:
    """Raises Conflict if two submissions under one key ask for different work."""
    if (earlier.kind, earlier.payload) != (asked.kind, asked.payload):
        raise Conflict(
            f"The job {earlier.key!r} was submitted before as another `{earlier.kind}`.",
            remedy="Submit this one under a key of its own.",
        )


def oldest_due(
    jobs: Iterable[Job], holder: str, now: datetime, kinds: Collection[str] | None = None
) -> Job | None:
    """Of the jobs that `holder` may have, the one that has waited longest."""
    due = (j for j in jobs if (kinds is None or j.kind in kinds) and is_due(j, holder, now))
    return min(due, key=lambda j: (j.queued_at, j.key), default=None)


def is_due(job: Job, holder: str, now: datetime) -> bool:
    """Whether `holder` may have the job now."""
    if job.state not in ("queued", "leased"):
        return False
    if now < job.moved_at - CLOCKS_AGREE:
        return True
    if job.state == "queued":
        return job.not_before is None or job.not_before <= now
    expired = job.lease_until is None or job.lease_until <= now
    return expired or _is_earlier_life(job.holder, of=holder)


def leased(job: Job, holder: str, lease: timedelta, now: datetime) -> Job:
    """The job, begun once more."""
    return replace(
        job,
        state="leased",
        holder=holder,
        lease_until=now + lease,
        attempts=job.attempts + 1,
        not_before=None,
        moved_at=now,
    )


def extended(job: Job, holder: str, lease: timedelta, now: datetime) -> Job:
    """The job, leased for longer."""
    return replace(_held(job, holder), lease_until=now + lease, moved_at=now)


def finished(job: Job, holder: str, result: Mapping[str, object], now: datetime) -> Job:
    """The job, done; raises InvalidData for a result that JSON cannot keep."""
    told = _as_kept(replace(job, result=dict(result)))
    if told == job and job.state == "done" and job.holder == holder:
        return job
    held = _held(told, holder)
    return replace(held, state="done", error="", lease_until=None, moved_at=now, ended_at=now)


def failed(job: Job, holder: str, error: str, again_after: timedelta | None, now: datetime) -> Job:
    """The job, queued again or failed for good, and why."""
    held = replace(_held(job, holder), error=error, lease_until=None, moved_at=now)
    if again_after is None:
        return replace(held, state="failed", ended_at=now)
    return replace(held, state="queued", holder="", not_before=now + again_after)


def given_back(job: Job, holder: str, now: datetime) -> Job:
    """The job as it was before it was begun."""
    held = _held(job, holder)
    return replace(
        held, state="queued", holder="", lease_until=None, attempts=held.attempts - 1, moved_at=now
    )


def _as_kept(job: Job) -> Job:
    """The job as it comes back from where it is kept: a tuple is a list, a moment its text."""
    return from_json(Job, to_json(job))


def _held(job: Job, holder: str) -> Job:
    if job.state != "leased" or job.holder != holder:
        state = f"{job.state}, by {job.holder}" if job.holder else job.state
        raise Conflict(f"{holder} no longer holds the job {job.key!r}: it is {state}.")
    return job


def _is_earlier_life(holder: str, *, of: str) -> bool:
    return holder != of and holder.partition("/")[0] == of.partition("/")[0]
