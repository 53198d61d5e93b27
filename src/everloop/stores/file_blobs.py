"""The blob store in a folder: one file a blob, fanned out over 256 folders."""

import re
from pathlib import Path

from everloop.errors import InvalidData, NotFound, WorkspaceUnusable
from everloop.records.codec import digest_of
from everloop.stores.durable import sync, write_whole

_DIGEST = re.compile(r"[0-9a-f]{64}")


class FileBlobs:
    """Bytes under `root`. A blob is there whole or not at all: written aside, synced, then renamed."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def write(self, data: bytes) -> str:
        """Keep `data`, durably, and answer its digest; raises WorkspaceUnusable if the disk refuses."""
        digest = digest_of(data)
        path = self._path(digest)
        if path.exists():
            return digest
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            write_whole(path, data)
            sync(self._root)
        except OSError as error:
            raise WorkspaceUnusable(
                f"A blob could not be written to {path.parent}: {error.strerror}.",
                remedy="Free some space, or give this user the right to write there, and try again.",
            ) from error
        return digest

    def read(self, digest: str) -> bytes:
        """The bytes; raises NotFound if there are none, InvalidData if they no longer have this digest."""
        try:
            data = self._path(digest).read_bytes()
        except FileNotFoundError as error:
            raise NotFound(f"There is no blob {digest}.") from error
        if digest_of(data) != digest:
            raise InvalidData(f"Blob {digest} is damaged.", remedy="Restore its file from a backup.")
        return data

    def has(self, digest: str) -> bool:
        """Whether they are there."""
        return _DIGEST.fullmatch(digest) is not None and self._path(digest).exists()

    def _path(self, digest: str) -> Path:
        if _DIGEST.fullmatch(digest) is None:  # also keeps paths in the guise of digests out
            raise NotFound(f"{digest[:80]!r} is not the digest of a blob.")
        return self._root / digest[:2] / digest[2:]
