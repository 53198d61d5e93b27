import pytest

from everloop.jobs.leased import LeasedJobs
from everloop.stores.sql_metadata import SqlMetadata
from everloop.testing.jobs_exam import JobsExam


class TestLeasedJobsInSql(JobsExam):
    @pytest.fixture
    def queue(self, tmp_path, clock):
        metadata = SqlMetadata(tmp_path / "metadata.db")
        yield LeasedJobs(metadata, clock)
        metadata.close()
