"""Column names that a table can take: Delta tells no capitals from small letters, callers do.

A column whose name differs from an older one by its capitals alone is stored with a suffix, `~` and the CRC32 of its
name, which is taken off again when it is read.
"""

import re
from collections.abc import Iterable, Sequence
from zlib import crc32

import pyarrow as pa

_SUFFIXED = re.compile(r"(?s)(.*)~([0-9a-f]{8})")


def storable_names(names: Iterable[str], taken: Iterable[str]) -> list[str]:
    """`names` as they are stored in a table that has the columns `taken` already.

    >>> storable_names(["number.Age", "number.age"], ["id", "number.age"])
    ['number.Age~3cad4882', 'number.age']
    """
    owners = {name.casefold(): name for name in reversed(list(taken))}
    stored = []
    for name in names:
        owner = owners.setdefault(name.casefold(), name)
        stored.append(name if owner == name else f"{name}~{crc32(name.encode()):08x}")
    return stored


def original_name(stored: str) -> str:
    """The name that was stored as `stored`."""
    match = _SUFFIXED.fullmatch(stored)
    own = match is not None and f"{crc32(match[1].encode()):08x}" == match[2]
    return match[1] if match is not None and own else stored


def with_storable_names(rows: pa.Table, taken: Sequence[str]) -> pa.Table:
    """`rows` with the names under which a table with the columns `taken` can store them."""
    return rows.rename_columns(storable_names(rows.column_names, taken))


def with_original_names(rows: pa.Table) -> pa.Table:
    """`rows` with the names that callers use."""
    return rows.rename_columns([original_name(name) for name in rows.column_names])
