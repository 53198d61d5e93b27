"""The exam that every queue of jobs sits."""

import threading
from datetime import UTC, datetime, timedelta

import pytest

from everloop.clock import FixedClock
from everloop.errors import Conflict, InvalidData, NotFound
from everloop.jobs.queue import JobQueue

MOMENT = datetime(2026, 3, 1, 12, 30, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
ADA, BOB = "ada/1", "bob/1"  # two seats
ADA_AGAIN = "ada/2"  # a later life of the first


class JobsExam:
    """Subclass it with a `queue` fixture: an empty `JobQueue` on the `clock` fixture."""

    @pytest.fixture
    def clock(self) -> FixedClock:
        """The queue's clock."""
        return FixedClock(MOMENT)

    @pytest.fixture
    def queue(self, clock: FixedClock) -> JobQueue:
        """An empty queue."""
        raise NotImplementedError

    def test_a_job_comes_back_as_it_was_submitted(self, queue: JobQueue) -> None:
        submitted = queue.submit("c1/2", "fit", {"cycle": "c1", "shares": (0.1, 0.5)})
        assert submitted.payload == {"cycle": "c1", "shares": [0.1, 0.5]}
        assert queue.get("c1/2") == submitted

    def test_a_job_that_was_never_submitted_is_none(self, queue: JobQueue) -> None:
        assert queue.get("c1/2") is None

    def test_submitting_twice_queues_once(self, queue: JobQueue) -> None:
        first = queue.submit("k", "fit", {"shares": (0.1,)})
        assert queue.submit("k", "fit", {"shares": (0.1,)}) == first
        assert queue.claim(ADA, MINUTE) is not None
        assert queue.claim(BOB, MINUTE) is None

    def test_submitting_what_is_done_answers_its_result(self, queue: JobQueue) -> None:
        queue.submit("k", "fit", {})
        queue.claim(ADA, MINUTE)
        done = queue.finish("k", ADA, {"rows": 3})
        assert queue.submit("k", "fit", {}) == done

    @pytest.mark.parametrize(("kind", "payload"), [("pin", {"n": 1}), ("fit", {"n": 2})])
    def test_a_key_belongs_to_one_piece_of_work(
        self, queue: JobQueue, kind: str, payload: dict[str, object]
    ) -> None:
        queue.submit("k", "fit", {"n": 1})
        with pytest.raises(Conflict):
            queue.submit("k", kind, payload)

    def test_a_payload_that_cannot_be_kept_is_refused(self, queue: JobQueue) -> None:
        with pytest.raises(InvalidData):
            queue.submit("k", "fit", {"score": float("nan")})
        assert queue.get("k") is None

    def test_the_job_that_waited_longest_is_claimed_first(self, queue: JobQueue, clock: FixedClock) -> None:
        for key in ("z", "a", "m"):
            queue.submit(key, "fit", {})
            clock.advance(MINUTE)
        claimed = [queue.claim(ADA, HOUR) for _ in range(4)]
        assert [job.key if job else None for job in claimed] == ["z", "a", "m", None]

    def test_only_the_kinds_that_are_asked_for_are_claimed(self, queue: JobQueue) -> None:
        queue.submit("1", "fit", {})
        queue.submit("2", "pin", {})
        claimed = queue.claim(ADA, MINUTE, kinds=("pin", "judge"))
        assert claimed is not None
        assert claimed.key == "2"
        assert queue.claim(ADA, MINUTE, kinds=()) is None

    def test_a_leased_job_is_nobody_elses(self, queue: JobQueue, clock: FixedClock) -> None:
        queue.submit("k", "fit", {})
        job = queue.claim(ADA, MINUTE)
        assert job is not None
        assert (job.state, job.holder, job.attempts, job.lease_until) == ("leased", ADA, 1, MOMENT + MINUTE)
        clock.advance(MINUTE - timedelta(microseconds=1))
        assert queue.claim(BOB, MINUTE) is None
        assert queue.claim(ADA, MINUTE) is None

    def test_a_job_is_claimed_again_when_its_lease_has_run_out(
        self, queue: JobQueue, clock: FixedClock
    ) -> None:
        queue.submit("k", "fit", {})
        queue.claim(ADA, MINUTE)
        clock.advance(MINUTE)
        job = queue.claim(BOB, MINUTE)
        assert job is not None
        assert (job.holder, job.attempts) == (BOB, 2)

    def test_a_lease_that_is_extended_lasts(self, queue: JobQueue, clock: FixedClock) -> None:
        queue.submit("k", "fit", {})
        queue.claim(ADA, MINUTE)
        clock.advance(MINUTE / 2)
        assert queue.extend("k", ADA, MINUTE).lease_until == MOMENT + 1.5 * MINUTE
        clock.advance(MINUTE / 2)
        assert queue.claim(BOB, MINUTE) is None

    def test_the_next_life_of_a_seat_takes_over_at_once(self, queue: JobQueue) -> None:
        queue.submit("k", "fit", {})
        queue.claim(ADA, HOUR)
        job = queue.claim(ADA_AGAIN, MINUTE)
        assert job is not None
        assert (job.holder, job.attempts) == (ADA_AGAIN, 2)

    def test_who_lost_the_lease_ends_nothing(self, queue: JobQueue, clock: FixedClock) -> None:
        queue.submit("k", "fit", {})
        queue.claim(ADA, MINUTE)
        clock.advance(HOUR)
        queue.claim(BOB, MINUTE)
        with pytest.raises(Conflict):
            queue.finish("k", ADA, {"by": "ada"})
        with pytest.raises(Conflict):
            queue.fail("k", ADA, "broken", None)
        with pytest.raises(Conflict):
            queue.extend("k", ADA, MINUTE)
        with pytest.raises(Conflict):
            queue.give_back("k", ADA)
        assert queue.finish("k", BOB, {"by": "bob"}).result == {"by": "bob"}

    def test_a_lease_that_ran_out_unseen_is_still_its_holders(
        self, queue: JobQueue, clock: FixedClock
    ) -> None:
        queue.submit("k", "fit", {})
        queue.claim(ADA, MINUTE)
        clock.advance(HOUR)
        assert queue.finish("k", ADA, {}).state == "done"

    def test_a_job_that_is_done_stays_done(self, queue: JobQueue, clock: FixedClock) -> None:
        queue.submit("k", "fit", {})
        queue.claim(ADA, MINUTE)
        done = queue.finish("k", ADA, {"rows": 3})
        assert (done.state, done.result, done.ended_at) == ("done", {"rows": 3}, MOMENT)
        assert queue.finish("k", ADA, {"rows": 3}) == done
        with pytest.raises(Conflict):
            queue.finish("k", ADA, {"rows": 4})
        with pytest.raises(Conflict):
            queue.fail("k", ADA, "broken", MINUTE)
        clock.advance(HOUR)
        assert queue.claim(ADA_AGAIN, MINUTE) is None

    def test_what_nobody_claimed_is_nobodys_to_end(self, queue: JobQueue) -> None:
        queue.submit("k", "fit", {})
        with pytest.raises(Conflict):
            queue.finish("k", ADA, {})

    def test_a_key_that_is_not_known_is_not_found(self, queue: JobQueue) -> None:
        with pytest.raises(NotFound):
            queue.finish("k", ADA, {})
        with pytest.raises(NotFound):
            queue.extend("k", ADA, MINUTE)

    def test_a_job_that_failed_is_tried_again_when_it_is_due(
        self, queue: JobQueue, clock: FixedClock
    ) -> None:
        queue.submit("k", "fit", {})
        queue.claim(ADA, HOUR)
        failed = queue.fail("k", ADA, "the disk is full", MINUTE)
        assert (failed.state, failed.error, failed.not_before) == (
            "queued",
            "the disk is full",
            MOMENT + MINUTE,
        )
        assert queue.claim(ADA_AGAIN, HOUR) is None
        clock.advance(MINUTE)
        job = queue.claim(BOB, HOUR)
        assert job is not None
        assert job.attempts == 2
        assert queue.finish("k", BOB, {}).error == ""

    def test_a_job_that_failed_for_good_is_never_claimed(self, queue: JobQueue, clock: FixedClock) -> None:
        queue.submit("k", "fit", {})
        queue.claim(ADA, MINUTE)
        failed = queue.fail("k", ADA, "no such dataset", None)
        assert (failed.state, failed.error, failed.ended_at) == ("failed", "no such dataset", MOMENT)
        clock.advance(HOUR)
        assert queue.claim(ADA_AGAIN, MINUTE) is None

    def test_a_job_that_was_given_back_counts_as_not_begun(self, queue: JobQueue) -> None:
        queue.submit("k", "fit", {})
        queue.claim(ADA, HOUR)
        assert queue.give_back("k", ADA).attempts == 0
        job = queue.claim(BOB, HOUR)
        assert job is not None
        assert job.attempts == 1

    @pytest.mark.parametrize("left", ["leased", "to be tried again"])
    def test_a_clock_that_jumps_back_holds_nothing_up(
        self, queue: JobQueue, clock: FixedClock, left: str
    ) -> None:
        queue.submit("k", "fit", {})
        queue.claim(ADA, MINUTE)
        if left == "to be tried again":
            queue.fail("k", ADA, "broken", MINUTE)
        clock.advance(-HOUR)
        job = queue.claim(BOB, MINUTE)
        assert job is not None
        assert job.lease_until == MOMENT - HOUR + MINUTE

    def test_a_clock_that_is_put_right_by_a_second_takes_no_lease(
        self, queue: JobQueue, clock: FixedClock
    ) -> None:
        queue.submit("k", "fit", {})
        queue.claim(ADA, MINUTE)
        clock.advance(timedelta(seconds=-1))
        assert queue.claim(BOB, MINUTE) is None

    def test_a_clock_that_jumps_forward_takes_a_lease_at_most_once(
        self, queue: JobQueue, clock: FixedClock
    ) -> None:
        queue.submit("k", "fit", {})
        queue.claim(ADA, MINUTE)
        clock.advance(HOUR)
        assert queue.claim(BOB, MINUTE) is not None
        assert queue.claim(ADA, MINUTE) is None
        with pytest.raises(Conflict):
            queue.finish("k", ADA, {})
        queue.finish("k", BOB, {})

    def test_many_holders_at_once_claim_each_job_once(self, queue: JobQueue) -> None:
        keys = {f"k{n:02}" for n in range(40)}
        for key in sorted(keys):
            queue.submit(key, "fit", {})
        claimed: list[str] = []

        def work(holder: str) -> None:
            while (job := queue.claim(holder, HOUR)) is not None:
                claimed.append(job.key)
                queue.finish(job.key, holder, {})

        threads = [threading.Thread(target=work, args=(f"seat{n}/1",)) for n in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(claimed) == sorted(keys)
