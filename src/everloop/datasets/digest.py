"""The digest of a table's content: equal rows in equal order give an equal digest, however they came together.

Rows are taken in blocks of 4,096. A block's digest is the SHA-256 of its columns' digests; a column's, that of its
values in one canonical form: little-endian, nulls as a bit mask and zeros, texts as lengths and UTF-8. Full blocks
are chained: each new one is hashed together with the chain so far. So an append hashes the rows that it adds, and
at most one block more; the chain is kept with the version.

Chunks, files, dictionaries, wide or narrow strings, and the library that the rows came from do not matter. The
columns' order, names and types do.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa

from everloop.datasets.types import Column
from everloop.records.dataset import Field

_Layout: TypeAlias = Callable[[int, int], Iterable[Any]]  # the bytes of rows from, to

BLOCK = 4096  # rows: few to read and hash again with an append, enough to hash fast
_STRIDE = 256  # blocks that are laid out in memory at once


@dataclass(frozen=True, slots=True, kw_only=True)
class ContentDigest:
    """The digest of some rows, and what the next append goes on from."""

    digest: str
    blocks: str  # the chain over the full blocks; "" if there are none
    rows: int

    @property
    def tail(self) -> int:
        """How many rows lie after the last full block: those that an append hashes again."""
        return self.rows % BLOCK


EMPTY = ContentDigest(digest="", blocks="", rows=0)


def extended(before: ContentDigest, rows: pa.Table, fields: Sequence[Field]) -> ContentDigest:
    """The digest after `rows`, which begin with the last `before.tail` rows that `before` has counted already.

    The columns must be canonical (`datasets.types`), and those of `fields` in their order.
    """
    chain, rest = before.blocks, b""
    for size, digest in _block_digests(rows):
        if size == BLOCK:
            chain = hashlib.sha256(bytes.fromhex(chain) + digest).hexdigest()
        else:
            rest = digest
    schema = json.dumps([[field.name, field.type] for field in fields], ensure_ascii=True).encode()
    counted = before.rows - before.tail + rows.num_rows
    whole = hashlib.sha256(b"everloop.content/1\0" + schema + bytes.fromhex(chain) + rest)
    whole.update(counted.to_bytes(8, "little"))
    return ContentDigest(digest=whole.hexdigest(), blocks=chain, rows=counted)


def _block_digests(rows: pa.Table) -> Iterator[tuple[int, bytes]]:
    """The rows and the digest of each block."""
    for first in range(0, rows.num_rows, BLOCK * _STRIDE):
        part = rows.slice(first, BLOCK * _STRIDE)
        by_column = [_column_digests(column) for column in part.columns]
        for number, digests in enumerate(zip(*by_column, strict=True)):
            size = min(BLOCK, part.num_rows - number * BLOCK)
            yield size, hashlib.sha256(size.to_bytes(4, "little") + b"".join(digests)).digest()


def _column_digests(column: Column) -> list[bytes]:
    """The digest of the column in each block."""
    array: Any = column.combine_chunks()
    array = pa.concat_arrays(array.chunks) if isinstance(array, pa.ChunkedArray) else array
    present = _numpy(array.is_valid()) if array.null_count else None
    array = array.fill_null(_NOTHING.get(array.type, "")) if array.null_count else array
    layout = _text_layout(array) if pa.types.is_string(array.type) else _fixed_layout(array)
    digests = []
    for start in range(0, len(array), BLOCK):
        sha = hashlib.sha256()
        if present is not None and not present[start : start + BLOCK].all():
            mask: Any = np.packbits(present[start : start + BLOCK], bitorder="little")
            sha.update(mask)
        for piece in layout(start, min(start + BLOCK, len(array))):
            sha.update(piece)
        digests.append(sha.digest())
    return digests


def _fixed_layout(array: Any) -> _Layout:  # noqa: ANN401 - an Arrow array without nulls
    values = _numpy(array)
    return lambda start, end: (values[start:end],)


def _text_layout(array: Any) -> _Layout:  # noqa: ANN401
    _, offsets, data = array.buffers()
    ends: Any = np.frombuffer(offsets, np.int32)[array.offset : array.offset + len(array) + 1]
    lengths = np.diff(ends).astype("<i4", copy=False)
    texts = memoryview(data if data is not None else b"")
    return lambda start, end: (lengths[start:end], texts[ends[start] : ends[end]])


def _numpy(array: Any) -> Any:  # noqa: ANN401 - an Arrow array without nulls
    if pa.types.is_boolean(array.type):
        return array.cast(pa.uint8()).to_numpy()
    if pa.types.is_date(array.type):
        return array.cast(pa.int32()).to_numpy()
    if pa.types.is_timestamp(array.type):
        return array.cast(pa.int64()).to_numpy()
    return array.to_numpy()


_NOTHING: dict[pa.DataType, Any] = {
    pa.int64(): 0,
    pa.float64(): 0.0,
    pa.bool_(): False,
    # Python's own values: making an Arrow scalar imports pandas, half a second for every command
    pa.date32(): date(1970, 1, 1),
    pa.timestamp("us", "UTC"): datetime(1970, 1, 1, tzinfo=UTC),
}
