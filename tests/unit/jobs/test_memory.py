import pytest

from everloop.jobs.memory import MemoryJobs
from everloop.testing.jobs_exam import JobsExam


class TestMemoryJobs(JobsExam):
    @pytest.fixture
    def queue(self, clock):
        return MemoryJobs(clock)
