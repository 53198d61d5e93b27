import logging
import threading
import time
from datetime import UTC, datetime, timedelta

import pytest

from everloop.clock import FixedClock, SystemClock
from everloop.errors import Conflict, InvalidData, WorkspaceUnusable
from everloop.jobs.memory import MemoryJobs
from everloop.jobs.worker import JobWorker, Retries, Stopped, new_holder

MOMENT = datetime(2026, 3, 1, 12, 30, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def until(condition):
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.002)


@pytest.fixture
def clock():
    return FixedClock(MOMENT)


@pytest.fixture
def queue(clock):
    return MemoryJobs(clock)


@pytest.fixture
def worker(queue):
    """One whose handlers do nothing, or raise what stands in their list."""
    made = JobWorker(queue, {"fit": fit}, "ada/1", retries=Retries(attempts=3))
    raised.clear()
    return made


raised: list[BaseException] = []


def fit(job):
    if raised:
        raise raised.pop(0)
    return {"fitted": job.payload["model"]}


def test_a_job_is_done_by_the_handler_of_its_kind(worker, queue):
    queue.submit("k", "fit", {"model": "churn"})
    assert worker.run_one() is True
    assert queue.get("k").result == {"fitted": "churn"}


def test_without_a_job_there_is_nothing_to_do(worker, queue):
    queue.submit("k", "a kind without a handler", {})
    assert worker.run_one() is False
    assert queue.get("k").state == "queued"


def test_bad_input_fails_at_once_with_its_reason(worker, queue):
    queue.submit("k", "fit", {"model": "churn"})
    raised.append(InvalidData("The column 'age' is gone."))
    assert worker.run_one()
    assert (queue.get("k").state, queue.get("k").error) == ("failed", "The column 'age' is gone.")


@pytest.mark.parametrize("error", [WorkspaceUnusable("The disk is full."), OSError("a library's own")])
def test_what_may_get_better_is_tried_again(worker, queue, clock, caplog, error):
    queue.submit("k", "fit", {"model": "churn"})
    raised.append(error)
    assert worker.run_one()
    assert str(error) in queue.get("k").error
    assert not worker.run_one()
    clock.advance(SECOND)
    assert worker.run_one()
    assert queue.get("k").state == "done"


def test_pauses_double_until_there_were_enough_attempts(worker, queue, clock, caplog):
    queue.submit("k", "fit", {"model": "churn"})
    raised.extend(OSError("again") for _ in range(3))
    pauses = []
    while (job := queue.get("k")).state == "queued":
        pauses.append(job.not_before - clock.now() if job.not_before else None)
        clock.moment = job.not_before or clock.now()
        assert worker.run_one()
    assert pauses == [None, SECOND, 2 * SECOND]
    assert (job.state, job.error) == ("failed", "OSError: again")


def test_a_pause_has_a_longest():
    retries = Retries(attempts=100, longest_pause=timedelta(minutes=5))
    assert retries.pause_after(99) == timedelta(minutes=5)


def test_a_job_that_ends_whoever_does_it_is_given_up(worker, queue):
    queue.submit("k", "fit", {"model": "churn"})
    for life in range(3):
        assert queue.claim(f"ada/earlier-{life}", SECOND) is not None
    assert worker.run_one()
    assert queue.get("k").state == "failed"
    assert "3 times in vain" in queue.get("k").error


def test_a_result_that_cannot_be_kept_fails_the_job(queue):
    queue.submit("k", "fit", {})
    assert JobWorker(queue, {"fit": lambda job: {"score": float("inf")}}, "ada/1").run_one()
    assert "finite" in queue.get("k").error


def test_who_lost_the_lease_leaves_the_job_to_who_has_it(queue, clock, caplog):
    queue.submit("k", "fit", {})

    def slow(job):
        clock.advance(timedelta(hours=1))
        assert queue.claim("bob/1", timedelta(minutes=1)) is not None
        return {"by": "ada"}

    assert JobWorker(queue, {"fit": slow}, "ada/1").run_one()
    assert (queue.get("k").state, queue.get("k").holder) == ("leased", "bob/1")


def test_a_handler_that_is_stopped_gives_its_job_back(queue):
    queue.submit("k", "fit", {})

    def told_to_stop(job):
        raise Stopped

    assert JobWorker(queue, {"fit": told_to_stop}, "ada/1").run_one()
    assert (queue.get("k").state, queue.get("k").attempts) == ("queued", 0)


def test_every_life_has_a_name_of_its_own():
    first, second = new_holder("control"), new_holder("control")
    assert first != second
    assert first.partition("/")[0] == second.partition("/")[0] == "control"


class TestInAThread:
    @pytest.fixture
    def clock(self):
        return SystemClock()

    @pytest.fixture
    def start(self, queue):
        started = []

        def start(handler, **options):
            started.append(JobWorker(queue, {"fit": handler}, "ada/1", **options))
            started[-1].start()
            return started[-1]

        yield start
        assert all([worker.stop(20) for worker in started])

    def test_jobs_are_done_as_they_come(self, queue, start):
        start(lambda job: {}, poll_s=0.005)
        for key in ("a", "b", "c"):
            queue.submit(key, "fit", {})
        until(lambda: all(queue.get(key).state == "done" for key in ("a", "b", "c")))

    def test_a_worker_that_is_woken_looks_at_once(self, queue, start):
        worker = start(lambda job: {}, poll_s=3600)
        queue.submit("k", "fit", {})
        worker.wake()
        until(lambda: queue.get("k").state == "done")

    def test_who_lost_a_job_leaves_it_to_whoever_has_it(self, clock, start):
        class Contested(MemoryJobs):
            refused = threading.Event()

            def finish(self, key, holder, result):
                try:
                    return super().finish(key, holder, result)
                except Conflict:
                    self.refused.set()
                    raise

        queue, begun = Contested(clock), []

        def stolen(job):
            begun.append(queue.claim("ada/2", timedelta(minutes=1)))  # another life in the same seat
            return {}

        queue.submit("k", "fit", {})
        worker = JobWorker(queue, {"fit": stolen}, "ada/1", poll_s=3600)
        worker.start()
        assert queue.refused.wait(20)
        assert queue.finish("k", "ada/2", {"by": "the other"}).attempts == 2
        assert worker.stop(20)
        assert len(begun) == 1

    def test_a_lease_is_kept_for_as_long_as_its_job_takes(self, queue, start):
        go_on, lease = threading.Event(), timedelta(seconds=0.2)

        def long(job):
            assert go_on.wait(20)
            return {}

        queue.submit("k", "fit", {})
        start(long, lease=lease)
        until(lambda: queue.get("k").state == "leased")
        begun = queue.get("k").lease_until
        until(lambda: queue.get("k").lease_until > begun + 3 * lease)
        assert queue.claim("bob/1", lease) is None
        go_on.set()
        until(lambda: queue.get("k").state == "done")
        assert queue.get("k").attempts == 1

    def test_stopping_waits_for_nothing_that_looks_whether_it_should_stop(self, queue, start):
        begun = threading.Event()

        def patient(job):
            begun.set()
            assert worker.stopping.wait(20)
            raise Stopped

        queue.submit("k", "fit", {})
        worker = start(patient)
        assert begun.wait(20)
        assert worker.stop(20)
        assert queue.get("k").state == "queued"

    def test_a_handler_that_does_not_stop_is_left_behind_with_its_job(self, queue, start):
        begun, go_on = threading.Event(), threading.Event()

        def deaf(job):
            begun.set()
            assert go_on.wait(20)
            return {}

        queue.submit("k", "fit", {})
        worker = start(deaf)
        assert begun.wait(20)
        assert not worker.stop(0.01)
        assert queue.claim("ada/2", timedelta(minutes=1)) is not None
        go_on.set()

    def test_a_store_that_fails_does_not_end_the_worker(self, queue, start, monkeypatch, caplog):
        claim, failing = queue.claim, [OSError("gone"), WorkspaceUnusable("full")]

        def unsure(*args, **options):
            if failing:
                raise failing.pop()
            return claim(*args, **options)

        monkeypatch.setattr(queue, "claim", unsure)
        queue.submit("k", "fit", {})
        with caplog.at_level(logging.CRITICAL):
            start(lambda job: {}, poll_s=0.005)
            until(lambda: queue.get("k").state == "done")
