import threading
from datetime import timedelta

import pytest

from everloop.clock import SystemClock
from everloop.errors import Conflict, WorkspaceBusy
from everloop.jobs.heartbeat import BEATS, kept
from everloop.jobs.memory import MemoryJobs

LEASE = timedelta(seconds=0.03)


class Beaten(MemoryJobs):
    """A queue that notes each extension, and raises what it was told to."""

    def __init__(self, *raised):
        super().__init__(SystemClock())
        self._raised = list(raised)
        self.beats = 0
        self.enough = threading.Event()

    def extend(self, key, holder, lease):
        self.beats += 1
        if self.beats > BEATS or not self._raised:
            self.enough.set()
        if self._raised:
            raise self._raised.pop(0)


def test_a_lease_is_extended_until_the_block_ends():
    queue = Beaten()
    with kept(queue, "k", "ada/1", LEASE):
        assert queue.enough.wait(20)
    beats = queue.beats
    assert not [t for t in threading.enumerate() if t.name == "lease of k"]
    assert queue.beats == beats


def test_a_workspace_that_is_busy_for_a_moment_costs_no_lease(caplog):
    queue = Beaten(WorkspaceBusy(), WorkspaceBusy())
    with kept(queue, "k", "ada/1", LEASE):
        assert queue.enough.wait(20)
    assert queue.beats > 2


def test_a_lease_that_is_lost_is_not_asked_for_again(caplog):
    queue = Beaten(Conflict("bob/1 has it"), Conflict("bob/1 has it"))
    with kept(queue, "k", "ada/1", LEASE):
        thread = next(t for t in threading.enumerate() if t.name == "lease of k")
        thread.join(20)
        assert not thread.is_alive()
    assert queue.beats == 1
    assert "bob/1 has it" in caplog.text


def test_an_error_in_the_block_ends_the_beating():
    queue = Beaten()
    with pytest.raises(ZeroDivisionError), kept(queue, "k", "ada/1", LEASE):
        raise ZeroDivisionError
    assert not [t for t in threading.enumerate() if t.name == "lease of k"]
