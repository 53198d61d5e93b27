"""The child that waits: what it fits is what a fresh one fits, and nobody waits for one that is gone."""

import os
import signal
import subprocess
import sys
import time

import pytest
from lightgbm import LGBMClassifier

from everloop.jobs.local import LocalJob
from everloop.training import job, spare
from everloop.training.job import child_environment, run_child
from everloop.training.spare import Spare

PATIENCE_S = 150.0
PARENT = """
import time
from everloop.training.job import child_environment
from everloop.training.spare import Spare
spare = Spare()
spare.renew(child_environment(1))
print(spare._job.pid, flush=True)
time.sleep(600)
"""


def until(condition) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.01)


@pytest.fixture
def kept():
    found = Spare()
    yield found
    found.close()


@pytest.fixture
def started(monkeypatch) -> list[list[str]]:
    """How children are started, beside those that wait."""
    commands: list[list[str]] = []

    class Spy(LocalJob):
        def __init__(self, command, **options):
            commands.append([*command])
            super().__init__(command, **options)

    monkeypatch.setattr(job, "LocalJob", Spy)
    return commands


def trained(layout, lay_out, run: str, kept: Spare):
    lay_out(run, LGBMClassifier(n_estimators=5))
    told = []
    result = run_child(layout, run, seconds=PATIENCE_S, on_progress=told.append, spare=kept)
    assert told[-1].share == 1.0
    assert told[-1].text in (layout.runs / run / "log.txt").read_text()
    return result


def test_the_one_that_waited_fits_the_same_bundle_as_a_fresh_one(layout, lay_out, kept, started):
    fresh = trained(layout, lay_out, "run_1", kept)
    again = trained(layout, lay_out, "run_2", kept)
    assert fresh.bundle == again.bundle
    assert len(started) == 1


def test_where_the_one_that_waited_has_died_a_fresh_one_is_started(layout, lay_out, kept, started, is_alive):
    kept.renew(child_environment(1))
    os.kill(kept._job.pid, signal.SIGKILL)
    until(lambda: not is_alive(kept._job.pid))
    trained(layout, lay_out, "run_1", kept)
    assert len(started) == 1


def test_one_of_another_environment_is_not_taken(layout, lay_out, kept, started, is_alive):
    kept.renew(child_environment(2))
    other = kept._job.pid
    trained(layout, lay_out, "run_1", kept)
    assert len(started) == 1
    until(lambda: not is_alive(other))


def test_nobody_waits_for_ever(is_alive):
    kept = Spare(kept_s=0.1)
    kept.renew(child_environment(1))
    pid = kept._job.pid
    until(lambda: not is_alive(pid))
    assert kept.take(os.curdir, child_environment(1)) is None


def test_once_it_is_closed_nobody_waits(kept, is_alive):
    kept.renew(child_environment(1))
    pid = kept._job.pid
    kept.close()
    assert not is_alive(pid)
    kept.renew(child_environment(1))
    assert kept._job is None


def test_the_one_that_waits_dies_with_a_parent_that_was_killed(is_alive):
    with subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE, text=True) as parent:
        pid = int(parent.stdout.readline())
        assert is_alive(pid)
        parent.kill()
    until(lambda: not is_alive(pid))


def test_where_no_process_can_be_started_there_is_none(monkeypatch, kept):
    def refuse(*arguments, **options):
        raise OSError("no more processes")

    monkeypatch.setattr(spare, "LocalJob", refuse)
    kept.renew(child_environment(1))
    assert kept.take(os.curdir, child_environment(1)) is None
