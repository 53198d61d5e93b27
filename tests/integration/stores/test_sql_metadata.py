import pytest

from everloop.stores.sql_metadata import SqlMetadata
from everloop.testing.metadata_exam import MetadataExam


class TestSqlMetadata(MetadataExam):
    @pytest.fixture
    def store(self, tmp_path):
        store = SqlMetadata(tmp_path / "metadata.db")
        yield store
        store.close()
