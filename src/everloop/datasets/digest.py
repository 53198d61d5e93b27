"""The digest of a table's content: equal rows in equal order give an equal digest, however they came together.

Rows are taken in blocks of 65,536. A block's digest is the SHA-256 of its columns' digests; a column's, that of its
values in one canonical form: little-endian, nulls as a bit mask and zeros, texts as lengths and UTF-8. Full blocks
are chained: each new one is hashed together with the chain so far. So an append hashes the rows that it adds, and
at most one block more; the chain is kept with the version.

Chunks, files, dictionaries, wide or narrow strings, and the library that the rows came from do not matter. The
columns' order, names and types do.
"""

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as _compute

from everloop.records.dataset import Field

pc: Any = _compute

BLOCK = 65_536  # rows


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
    for block in _blocks(rows):
        digest = _block_digest(block)
        if block.num_rows == BLOCK:
            chain = hashlib.sha256(bytes.fromhex(chain) + digest).hexdigest()
        else:
            rest = digest
    schema = json.dumps([[field.name, field.type] for field in fields], ensure_ascii=True).encode()
    counted = before.rows - before.tail + rows.num_rows
    whole = hashlib.sha256(b"everloop.content/1\0" + schema + bytes.fromhex(chain) + rest)
    whole.update(counted.to_bytes(8, "little"))
    return ContentDigest(digest=whole.hexdigest(), blocks=chain, rows=counted)


def _blocks(rows: pa.Table) -> Iterator[pa.Table]:
    for start in range(0, rows.num_rows, BLOCK):
        yield rows.slice(start, BLOCK)


def _block_digest(block: pa.Table) -> bytes:
    whole = hashlib.sha256(block.num_rows.to_bytes(4, "little"))
    for column in block.columns:
        whole.update(_column_digest(column))
    return whole.digest()


def _column_digest(column: "pa.ChunkedArray[Any]") -> bytes:
    array: Any = column.combine_chunks() if column.num_chunks != 1 else column.chunk(0)
    sha = hashlib.sha256()
    if array.null_count:
        present: Any = np.packbits(_numpy(array.is_valid()), bitorder="little")
        sha.update(present)
        array = array.fill_null(_NOTHING.get(array.type, ""))
    if pa.types.is_string(array.type):
        _, offsets, data = array.buffers()
        ends: Any = np.frombuffer(offsets, np.int32)[array.offset : array.offset + len(array) + 1]
        sha.update((ends[1:] - ends[:-1]).astype("<i4", copy=False))
        sha.update(memoryview(data)[ends[0] : ends[-1]] if data is not None else b"")
    else:
        sha.update(_numpy(array))
    return sha.digest()


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
