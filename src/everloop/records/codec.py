"""Records to JSON and back, each with the version of its format.

A stored record class names its format in `FORMAT`, as `everloop.<thing>/<version>`. Nothing else is accepted back.
"""

import hashlib
from typing import Any, ClassVar, Protocol, TypeVar

import msgspec

from everloop.errors import StoredFormatUnknown


class Stored(Protocol):
    """A frozen dataclass that is kept somewhere."""

    FORMAT: ClassVar[str]


R = TypeVar("R", bound=Stored)


def to_document(record: Stored) -> dict[str, Any]:
    """The record as plain JSON values, its format first."""
    return {"format": record.FORMAT, **msgspec.to_builtins(record)}


def from_document(kind: type[R], document: dict[str, Any]) -> R:
    """The record of `kind` in `document`; raises StoredFormatUnknown for another format or shape."""
    found = document.get("format") if isinstance(document, dict) else None
    if found != kind.FORMAT:
        raise StoredFormatUnknown(
            f"Expected {kind.FORMAT}, found {found!r}.", remedy="Upgrade Everloop to read it."
        )
    try:
        return msgspec.convert(document, kind)
    except msgspec.ValidationError as error:
        raise StoredFormatUnknown(f"A damaged {kind.FORMAT}: {error}.") from error


def to_json(record: Stored) -> bytes:
    """Canonical JSON: keys sorted, so equal records give equal bytes."""
    return msgspec.json.encode(to_document(record), order="sorted")


def from_json(kind: type[R], data: bytes) -> R:
    """The record of `kind` in `data`; raises StoredFormatUnknown for anything else."""
    try:
        document = msgspec.json.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise StoredFormatUnknown(f"A damaged {kind.FORMAT}: {error}.") from error
    return from_document(kind, document)


def digest_of(data: bytes) -> str:
    """SHA-256 in hexadecimal, 64 characters."""
    return hashlib.sha256(data).hexdigest()
