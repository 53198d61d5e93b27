import pytest

from everloop.stores.file_blobs import FileBlobs
from everloop.testing.blobs_exam import BlobsExam


class TestFileBlobs(BlobsExam):
    @pytest.fixture
    def store(self, tmp_path):
        return FileBlobs(tmp_path / "blobs")
