from datetime import UTC, datetime

import pyarrow as pa
import pytest

from everloop.datasets.folded import keep_ids, not_folded, read_ids
from everloop.errors import StoredFormatUnknown
from everloop.records.dataset import DatasetVersion
from everloop.stores.memory_blobs import MemoryBlobs


def column(*ids):
    return pa.chunked_array([pa.array(ids, pa.string())])


def version(number, predictions, **more):
    moment = datetime(2026, 3, 1, tzinfo=UTC)
    return DatasetVersion(
        dataset="d",
        number=number,
        table_version=number,
        digest="d",
        rows=1,
        added=1,
        fields=(),
        created_at=moment,
        predictions=predictions,
        **more,
    )


def test_ids_come_back_in_their_order():
    blobs = MemoryBlobs()
    assert read_ids(blobs, keep_ids(blobs, column("b", "a", "c"))).to_pylist() == ["b", "a", "c"]


def test_equal_ids_are_one_blob():
    blobs = MemoryBlobs()
    in_parts = pa.chunked_array([pa.array(["a"]), pa.array(["b"])])
    assert keep_ids(blobs, column("a", "b")) == keep_ids(blobs, in_parts.combine_chunks())


def test_what_any_version_holds_is_folded_also_a_suspect_one():
    blobs = MemoryBlobs()
    history = [
        version(1, ""),
        version(2, keep_ids(blobs, column("a", "b"))),
        version(3, keep_ids(blobs, column("d")), suspect="broken"),
    ]
    assert not_folded(blobs, history, column("a", "c", "d", "e")).to_pylist() == [False, True, False, True]


def test_without_folds_everything_is_new():
    assert not_folded(MemoryBlobs(), [version(1, "")], column("a", "b")).to_pylist() == [True, True]
    assert not_folded(MemoryBlobs(), [], column()).to_pylist() == []


def test_a_blob_of_another_format_is_refused():
    blobs = MemoryBlobs()
    sink = pa.BufferOutputStream()
    rows = pa.table({"id": ["a"]})
    with pa.ipc.new_stream(sink, rows.schema) as writer:
        writer.write_table(rows)
    with pytest.raises(StoredFormatUnknown, match="folded-ids"):
        read_ids(blobs, blobs.write(sink.getvalue().to_pybytes()))
