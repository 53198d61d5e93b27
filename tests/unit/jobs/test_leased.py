import pytest

from everloop.errors import Conflict
from everloop.jobs.leased import LeasedJobs, submit_within
from everloop.stores.memory_metadata import MemoryMetadata
from everloop.testing.jobs_exam import JobsExam


class TestLeasedJobsInMemory(JobsExam):
    @pytest.fixture
    def metadata(self):
        return MemoryMetadata()

    @pytest.fixture
    def queue(self, metadata, clock):
        return LeasedJobs(metadata, clock)

    def test_a_submission_takes_effect_with_what_else_its_transaction_does(self, queue, metadata, clock):
        with pytest.raises(ZeroDivisionError), metadata.transaction() as transaction:
            submit_within(transaction, clock, "k", "fit", {})
            raise ZeroDivisionError
        assert queue.get("k") is None
        with metadata.transaction() as transaction:
            submit_within(transaction, clock, "k", "fit", {})
        assert queue.get("k") is not None

    def test_two_submissions_in_one_transaction_are_told_apart(self, metadata, clock):
        with metadata.transaction() as transaction:
            submit_within(transaction, clock, "k", "fit", {})
            with pytest.raises(Conflict):
                submit_within(transaction, clock, "k", "pin", {})
