import pytest

from everloop.stores.memory_blobs import MemoryBlobs
from everloop.testing.blobs_exam import BlobsExam


class TestMemoryBlobs(BlobsExam):
    @pytest.fixture
    def store(self):
        return MemoryBlobs()
