"""Records to JSON and back, each with the version of its format.

A stored record class names its format in `FORMAT`, as `everloop.<thing>/<version>`. Nothing else is accepted back.
"""

import hashlib
import json
import math
from collections.abc import Iterator
from typing import Any, ClassVar, Protocol, TypeVar

import msgspec

from everloop.errors import InvalidData, StoredFormatUnknown


class Stored(Protocol):
    """A frozen dataclass that is kept somewhere."""

    FORMAT: ClassVar[str]


R = TypeVar("R", bound=Stored)


def to_document(record: Stored) -> dict[str, Any]:
    """The record as plain JSON values, its format first.

    Raises InvalidData for a number that is not finite: JSON has none, and it would not come back.
    """
    document = {"format": record.FORMAT, **msgspec.to_builtins(record)}
    try:
        json.dumps(document, allow_nan=False)  # in C: many times as quick as a look at each number
    except ValueError as error:
        path = next(_not_finite(document, ""))
        raise InvalidData(f"{record.FORMAT} cannot be kept: {path} is not a finite number.") from error
    return document


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
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise StoredFormatUnknown(f"A damaged {kind.FORMAT}: {error}.") from error
    return from_document(kind, document)


def digest_of(data: bytes) -> str:
    """SHA-256 in hexadecimal, 64 characters."""
    return hashlib.sha256(data).hexdigest()


def _not_finite(value: object, path: str) -> Iterator[str]:
    """Where in `value` there is a number that is not finite."""
    if isinstance(value, float):
        if not math.isfinite(value):
            yield path
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from _not_finite(inner, f"{path}.{key}".lstrip("."))
    elif isinstance(value, list | tuple):
        for place, inner in enumerate(value):
            yield from _not_finite(inner, f"{path}[{place}]")
