"""Checks L1 and L3 of the queue of jobs: real processes, killed at every step, and two beside one another."""

import json
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from everloop.clock import SystemClock
from everloop.jobs.leased import LeasedJobs
from everloop.records.event import Event
from everloop.records.job import Job
from everloop.stores.delta_tables import DeltaTables
from everloop.stores.layout import Layout
from everloop.stores.sql_metadata import SqlMetadata
from everloop.stores.workspace_folder import create_workspace

ACTOR = Path(__file__).with_name("jobs_actor.py")
POINTS = [f"{step}:{moment}" for step in ("claim", "work", "finish") for moment in ("before", "after")]


class Actor:
    """The process of jobs_actor.py."""

    def __init__(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, str(ACTOR)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def order(self, **order: object) -> None:
        self.process.stdin.write(json.dumps(order) + "\n")
        self.process.stdin.flush()

    def hear(self) -> dict[str, object]:
        return json.loads(self.process.stdout.readline())

    def end(self) -> tuple[int, list[dict[str, object]]]:
        """How the child ended, and what it said."""
        said = []
        while "ended" not in (message := self.hear()):
            said.append(message)
        return int(str(message["ended"])), said


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    return create_workspace(tmp_path / ".everloop")


@pytest.fixture(scope="module")
def actors() -> Iterator[list[Actor]]:
    """Two, ready: importing all that they need takes longer than what they do."""
    started = [Actor(), Actor()]
    for actor in started:
        assert actor.hear() == {"ready": actor.process.pid}
    yield started
    for actor in started:
        actor.process.communicate()


def jobs(metadata: SqlMetadata) -> dict[str, Job]:
    with metadata.transaction() as transaction:
        return {job.key: job for job in transaction.find(Job)}


def test_a_job_that_is_killed_anywhere_has_its_effect_once(layout, actors):
    for point in POINTS:
        metadata = SqlMetadata(layout.metadata)
        LeasedJobs(metadata, SystemClock()).submit(point, "append", {})
        metadata.close()
        actors[0].order(act="work", root=str(layout.root), die_at=point)
        assert actors[0].end()[0] == -signal.SIGKILL, point
        actors[0].order(act="work", root=str(layout.root), die_at="")
        code, said = actors[0].end()
        assert code == 0
        assert {"done": True} in said or point == "finish:after", "the next life had to wait for the lease"

    metadata = SqlMetadata(layout.metadata)
    done = jobs(metadata)
    with metadata.transaction() as transaction:
        events = transaction.find(Event, action="append_rows")
    metadata.close()
    assert {key: job.state for key, job in done.items()} == dict.fromkeys(POINTS, "done")
    assert [e.key for e in events] == POINTS
    rows = DeltaTables(layout.tables).snapshot("datasets/rows").read()
    assert Counter(rows["key"].to_pylist()) == dict.fromkeys(POINTS, 5)
    assert done["claim:before"].attempts == 1
    assert done["work:after"].attempts == 2


@pytest.mark.parametrize("count", [60, pytest.param(1000, marks=pytest.mark.slow)])
@pytest.mark.parametrize("jumps", [False, True], ids=["clocks that agree", "clocks that jump"])
@pytest.mark.timeout(900)
def test_of_two_who_submit_and_do_the_same_jobs_each_is_done_once(layout, actors, jumps, count):
    for seat, actor in zip(("left", "right"), actors, strict=True):
        actor.order(act="both", root=str(layout.root), seat=seat, count=count, jumps=jumps)
    ends = [actor.end() for actor in actors]
    assert [code for code, _ in ends] == [0, 0]
    metadata = SqlMetadata(layout.metadata)
    done = jobs(metadata)
    with metadata.transaction() as transaction:
        events = transaction.find(Event, action="count")
    metadata.close()
    keys = [f"key{n:04}" for n in range(count)]
    assert {key: job.state for key, job in done.items()} == dict.fromkeys(keys, "done")
    assert sorted(e.key for e in events) == keys
    by = Counter(str(job.result["by"]).partition("/")[0] for job in done.values())
    assert set(by) == {"left", "right"}, "one of them did all the work"
    if not jumps:
        assert [said for _, said in ends] == [[{"lost": 0}]] * 2
        assert all(job.attempts == 1 for job in done.values())
