import pytest

from everloop.stores.memory_metadata import MemoryMetadata
from everloop.testing.metadata_exam import MetadataExam


class TestMemoryMetadata(MetadataExam):
    @pytest.fixture
    def store(self):
        return MemoryMetadata()
