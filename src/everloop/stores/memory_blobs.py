"""The blob store in memory."""

from everloop.errors import NotFound
from everloop.records.codec import digest_of


class MemoryBlobs:
    """Bytes in a dictionary, safe across threads."""

    def __init__(self) -> None:
        self._bytes: dict[str, bytes] = {}

    def write(self, data: bytes) -> str:
        """Keep `data` and answer its digest."""
        digest = digest_of(data)
        self._bytes[digest] = bytes(data)
        return digest

    def read(self, digest: str) -> bytes:
        """The bytes; raises NotFound if there are none."""
        if digest not in self._bytes:
            raise NotFound(f"There is no blob {digest[:80]!r}.")
        return self._bytes[digest]

    def has(self, digest: str) -> bool:
        """Whether they are there."""
        return digest in self._bytes
