"""Which answers of a ledger a dataset version took in: their ids, kept as a blob beside it."""

from collections.abc import Iterable
from typing import Any

import pyarrow as pa
import pyarrow.compute as _compute

from everloop.datasets.types import Column
from everloop.errors import StoredFormatUnknown
from everloop.records.dataset import DatasetVersion
from everloop.stores.blobs import BlobStore

pc: Any = _compute

FORMAT = "everloop.folded-ids/1"
_SCHEMA = pa.schema([pa.field("id", pa.string())], metadata={"format": FORMAT})


def keep_ids(blobs: BlobStore, ids: Column) -> str:
    """Keep the ids of the answers, in the order of their rows; the blob's digest."""
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, _SCHEMA) as writer:
        writer.write_table(pa.table([ids.cast(pa.string())], schema=_SCHEMA))
    return blobs.write(sink.getvalue().to_pybytes())


def read_ids(blobs: BlobStore, digest: str) -> Column:
    """The ids in a blob; raises StoredFormatUnknown for another format."""
    rows = pa.ipc.open_stream(blobs.read(digest)).read_all()
    found = (rows.schema.metadata or {}).get(b"format", b"").decode()
    if found != FORMAT:
        raise StoredFormatUnknown(f"Expected {FORMAT}, found {found!r}.")
    return rows["id"]


def not_folded(blobs: BlobStore, history: Iterable[DatasetVersion], ids: Column) -> Column:
    """For each id whether its row is in none of the versions yet, suspect ones included."""
    folded = [read_ids(blobs, version.predictions) for version in history if version.predictions]
    known: Any = pa.concat_arrays([pa.array([], pa.string()), *(c for ids in folded for c in ids.chunks)])
    mask: Column = pc.invert(pc.is_in(ids, value_set=known))
    return mask
