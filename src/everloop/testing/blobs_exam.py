"""The exam that every blob store sits."""

import hashlib

import pytest

from everloop.errors import NotFound
from everloop.stores.blobs import BlobStore


class BlobsExam:
    """Subclass it with a `store` fixture: an empty `BlobStore`."""

    @pytest.fixture
    def store(self) -> BlobStore:
        """An empty store."""
        raise NotImplementedError

    @pytest.mark.parametrize("data", [b"", b"\x00", b"weights" * 100_000])
    def test_bytes_come_back_by_their_digest(self, store: BlobStore, data: bytes) -> None:
        assert store.write(data) == hashlib.sha256(data).hexdigest()
        assert store.read(hashlib.sha256(data).hexdigest()) == data

    def test_writing_twice_is_writing_once(self, store: BlobStore) -> None:
        assert store.write(b"a") == store.write(b"a")
        assert store.read(store.write(b"a")) == b"a"

    def test_it_knows_what_it_has(self, store: BlobStore) -> None:
        digest = store.write(b"a")
        assert store.has(digest)
        assert not store.has(hashlib.sha256(b"b").hexdigest())

    def test_bytes_that_are_not_there_are_not_found(self, store: BlobStore) -> None:
        with pytest.raises(NotFound):
            store.read(hashlib.sha256(b"b").hexdigest())

    @pytest.mark.parametrize(
        "digest", ["", "../../etc/passwd", "a" * 63, "A" * 64, "é" * 64, f"{'a' * 64}\n"]
    )
    def test_what_is_no_digest_is_not_found(self, store: BlobStore, digest: str) -> None:
        assert not store.has(digest)
        with pytest.raises(NotFound):
            store.read(digest)

    def test_bytes_that_change_after_the_write_do_not_change_the_blob(self, store: BlobStore) -> None:
        data = bytearray(b"before")
        digest = store.write(bytes(data))
        data[:] = b"after!"
        assert store.read(digest) == b"before"
