"""The blob store: bytes by the digest of what they are."""

from typing import Protocol


class BlobStore(Protocol):
    """Immutable bytes. The key is their SHA-256, so writing twice is writing once. Safe across processes."""

    def write(self, data: bytes) -> str:
        """Keep `data`, durably, and answer its digest."""
        ...

    def read(self, digest: str) -> bytes:
        """The bytes; raises NotFound if there are none, InvalidData if they no longer have this digest."""
        ...

    def has(self, digest: str) -> bool:
        """Whether they are there."""
        ...
