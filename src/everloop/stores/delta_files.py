"""The Parquet files of a Delta table: synced before they are committed, named in the order of appends.

Delta does not say in which order a table's files lie. So a file's name begins with the version that added it,
and whoever reads sorts by name; a file that merges others takes the place of the first of them.
"""

import os
import time
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq
from deltalake.transaction import AddAction, RemoveAction

from everloop.stores.durable import sync

ROW_GROUP = 1 << 17  # rows: small enough to skip by its bounds, large enough to read at full speed
FAN_IN = (
    8  # so many neighbours of one size class are merged into one: each row is rewritten log8(files) times
)
SMALLEST_CLASS = 1 << 16  # bytes
LARGE_ENOUGH = 1 << 27  # bytes; such a file is left alone


@dataclass(frozen=True, slots=True, kw_only=True)
class DataFile:
    """One file of a table."""

    name: str
    size: int  # bytes
    rows: int

    @property
    def size_class(self) -> int:
        """0 below 512 KiB, 1 below 4 MiB, ... and -1 for a file that is left alone."""
        if self.size >= LARGE_ENOUGH:
            return -1
        return max(0, ((self.size // SMALLEST_CLASS).bit_length() - 1) // 3)


def new_name(version: int) -> str:
    """A name for a file that version `version` adds."""
    return f"{version:020d}-{uuid.uuid4().hex}.parquet"


def name_in_place_of(first: str) -> str:
    """A name for a file that holds what `first`, and files after it, held."""
    return f"{first.partition('-')[0]}-{uuid.uuid4().hex}.parquet"


def mergeable(files: Sequence[DataFile]) -> list[list[DataFile]]:
    """Runs of neighbours that are worth merging, out of files in the order of their names."""
    runs = [(size_class, list(run)) for size_class, run in groupby(files, key=lambda file: file.size_class)]
    return [run for size_class, run in runs if size_class >= 0 and len(run) >= FAN_IN]


def written(folder: Path, name: str, batches: Iterable[pa.RecordBatch], schema: pa.Schema) -> AddAction:
    """A synced file with these rows, to be committed; none stays where it could not be written whole."""
    path = folder / name
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        with path.open("xb") as file:
            with _writer(file, schema) as writer:
                for batch in batches:
                    writer.write_batch(batch, row_group_size=ROW_GROUP)
            file.flush()
            os.fsync(file.fileno())
        sync(folder)
        return _added(path)
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def removed(file: DataFile) -> RemoveAction:
    """The action that takes a merged file out of the newest version. Its bytes stay for older ones."""
    return RemoveAction(path=file.name, deletion_timestamp=_now_ms(), data_change=False)


def _added(path: Path) -> AddAction:
    rows = pq.read_metadata(path).num_rows
    return AddAction(path.name, path.stat().st_size, {}, _now_ms(), True, f'{{"numRecords":{rows}}}')


def _writer(file: BinaryIO, schema: pa.Schema) -> pq.ParquetWriter:
    texts: Any = [field.name for field in schema if pa.types.is_string(field.type)]
    # Numbers written as codes would cost more time than they save space.
    return pq.ParquetWriter(file, schema, use_dictionary=texts, compression="zstd", compression_level=1)


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
