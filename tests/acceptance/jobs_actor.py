"""A process that works off the jobs of a workspace when it is told to, each time in a child that can be killed.

Reads one JSON object a line. {"act": "work", "root": FOLDER, "die_at": POINT} does all jobs that are due, or kills
itself at a point such as `finish:before`; {"act": "both", ...} submits and works beside another such process. Importing
takes a second; forking does not.
"""

import itertools
import json
import os
import random
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pandas as pd  # noqa: F401 - imported before any fork, as what follows is
import pyarrow as pa

import everloop.datasets.append  # noqa: F401
from everloop.actions.append_rows import AppendRequest
from everloop.actions.registry import APPEND
from everloop.clock import SystemClock
from everloop.errors import Conflict
from everloop.events import log as events
from everloop.jobs.leased import LeasedJobs
from everloop.jobs.worker import JobWorker, new_holder
from everloop.records.actor import Actor
from everloop.records.job import Job
from everloop.settings import Settings
from everloop.stores.layout import Layout
from everloop.stores.lock import WriterLock
from everloop.stores.sql_metadata import SqlMetadata
from everloop.workspace.local import LocalClient
from everloop.workspace.office import Office
from everloop.workspace.runner import ThreadRunner

SYSTEM = Actor(kind="system", name="loop")
HOUR = timedelta(hours=1)
WAIT_S = 60


def say(message: dict[str, object]) -> None:
    os.write(1, json.dumps(message).encode() + b"\n")  # at once, in one piece


class Dying:
    """A queue that ends the process, as `kill -9` would, right before or after one of its verbs."""

    def __init__(self, queue: LeasedJobs, die_at: str) -> None:
        self._queue = queue
        self._die_at = die_at

    def __getattr__(self, verb: str) -> Callable[..., object]:
        found = getattr(self._queue, verb)

        def call(*args: object, **options: object) -> object:
            die(f"{verb}:before", self._die_at)
            answer = found(*args, **options)
            die(f"{verb}:after", self._die_at)
            return answer

        return call


def die(point: str, at: str) -> None:
    if point == at:
        os.kill(os.getpid(), signal.SIGKILL)


def work(order: dict[str, str]) -> None:
    """Do every job that is due: each appends five rows under its own key."""
    layout = Layout(Path(order["root"]))
    lock = WriterLock(layout.lock)
    with lock.held(purpose="a test", timeout=WAIT_S):
        office = Office(layout, Settings(), ThreadRunner(layout, Settings(), LocalClient(layout, Settings())))
        metadata = office.context(SYSTEM, "k").metadata
        queue = Dying(LeasedJobs(metadata, SystemClock()), order["die_at"])

        def append(job: Job) -> dict[str, object]:
            die("work:before", order["die_at"])
            rows = pa.table({"key": [job.key] * 5, "place": range(5)})
            version = office.perform(
                APPEND, AppendRequest(dataset="rows"), actor=SYSTEM, key=job.key, table=rows
            )
            die("work:after", order["die_at"])
            return {"version": version.number}

        worker = JobWorker(queue, {"append": append}, new_holder("control"), lease=HOUR)
        say({"working": os.getpid()})
        while worker.run_one():
            say({"done": True})
        office.close()


@dataclass
class JumpingClock:
    """The machine's clock, put forward or back by an hour now and then."""

    chance: random.Random
    by: timedelta = timedelta(0)

    def now(self) -> datetime:
        return SystemClock().now() + self.by

    def jump(self) -> None:
        self.by = self.chance.choice([-HOUR, timedelta(0), timedelta(0), HOUR])


def both(order: dict[str, object]) -> None:
    """Submit every key, five at a time, and do what is due, three at a time.

    Leases are held while the other process has the lock.
    """
    layout, holder = Layout(Path(str(order["root"]))), new_holder(str(order["seat"]))
    clock = JumpingClock(random.Random(str(order["seat"])))
    keys = iter([f"key{n:04}" for n in range(int(str(order["count"])))])
    lost = 0
    while True:
        clock.jump() if order["jumps"] else None
        batch = list(itertools.islice(keys, 5))
        with my_turn(layout, clock.chance) as metadata:
            queue = LeasedJobs(metadata, clock)
            for key in batch:
                queue.submit(key, "count", {"of": key})
            claimed = [
                job for _ in range(3) if (job := queue.claim(holder, timedelta(minutes=5))) is not None
            ]
        with my_turn(layout, clock.chance) as metadata:
            for job in claimed:
                lost += not counted(metadata, clock, job, holder)
            unfinished = not all_ended(metadata)
        if not batch and not claimed and not unfinished:
            break
    say({"lost": lost})


@contextmanager
def my_turn(layout: Layout, chance: random.Random) -> Iterator[SqlMetadata]:
    """The workspace's metadata, for as long as nobody else has it."""
    with WriterLock(layout.lock).held(purpose="a test", timeout=WAIT_S):
        metadata = SqlMetadata(layout.metadata)
        yield metadata
        metadata.close()
    time.sleep(
        0.01 + chance.random() * 0.02
    )  # not a wait: the other looks every 10 ms whether the lock is free


def counted(metadata: SqlMetadata, clock: JumpingClock, job: Job, holder: str) -> bool:
    """The job's effect, once by its key, and its end; False if somebody else has the job by now."""
    with metadata.transaction() as transaction:
        if events.by_key(transaction, job.key) is None:
            subject = f"job:{job.key}"
            events.append(
                transaction, clock=clock, actor=SYSTEM, action="count", subject=subject, key=job.key
            )
    try:
        LeasedJobs(metadata, clock).finish(job.key, holder, {"by": holder})
    except Conflict:
        return False
    return True


def all_ended(metadata: SqlMetadata) -> bool:
    with metadata.transaction() as transaction:
        return not transaction.find(Job, state="queued") and not transaction.find(Job, state="leased")


ACTS = {"work": work, "both": both}

say({"ready": os.getpid()})
for line in sys.stdin:
    order = json.loads(line)
    child = os.fork()
    if child == 0:
        ACTS[order["act"]](order)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    say({"ended": os.waitstatus_to_exitcode(status)})
