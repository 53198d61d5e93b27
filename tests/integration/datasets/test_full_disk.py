"""A disk that refuses in the midst of an append: nothing is seen of it, and the dataset goes on."""

import errno
import os
import resource

import numpy as np
import pyarrow as pa
import pytest

from everloop.clock import SystemClock
from everloop.datasets.append import appending, record, written
from everloop.datasets.content import read
from everloop.datasets.versions import versions
from everloop.errors import WorkspaceUnusable
from everloop.stores.delta_tables import DeltaTables
from everloop.stores.sql_metadata import SqlMetadata
from everloop.stores.workspace_folder import create_workspace

FEW = pa.table({"x": [0.5, 1.5]})
NOISE = pa.table({"x": np.random.default_rng(1).random(100_000)})  # 800 kB that do not compress


class Shelf:
    """A dataset in files, with one version."""

    def __init__(self, root):
        self.layout = create_workspace(root)
        self.tables, self.metadata = DeltaTables(self.layout.tables), SqlMetadata(self.layout.metadata)
        self.first = self.append("first", FEW)

    def append(self, key, rows):
        with appending(self.layout, "d"):
            new = written(self.metadata, self.tables, dataset="d", rows=rows, key=key, clock=SystemClock())
            with self.metadata.transaction() as transaction:
                return record(transaction, new)

    def versions(self):
        with self.metadata.transaction() as transaction:
            return list(versions(transaction, "d"))


@pytest.fixture
def shelf(tmp_path):
    made = Shelf(tmp_path / ".everloop")
    yield made
    made.metadata.close()


@pytest.fixture(params=["the same append", "another append"])
def next_key(request):
    return "refused" if request.param == "the same append" else "next"


@pytest.mark.parametrize("number", [1, 2, 3, 4])
def test_a_sync_that_fails_makes_no_version_and_the_next_append_lands(shelf, number, next_key, monkeypatch):
    sync, calls = os.fsync, []

    def fails(descriptor):
        calls.append(descriptor)
        if len(calls) == number:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        sync(descriptor)

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", fails)
        with pytest.raises(WorkspaceUnusable, match="No space left"):
            shelf.append("refused", NOISE)
    assert shelf.versions() == [shelf.first]
    second = shelf.append(next_key, NOISE)
    assert shelf.versions() == [shelf.first, second]
    assert read(shelf.tables, second).equals(pa.concat_tables([FEW, NOISE]))


def test_rows_that_the_disk_has_no_room_for_make_no_version_and_the_next_append_lands(shelf, next_key):
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, hard))
    try:
        with pytest.raises(WorkspaceUnusable, match="Free some space"):
            shelf.append("refused", NOISE)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert shelf.versions() == [shelf.first]
    second = shelf.append(next_key, NOISE)
    assert shelf.versions() == [shelf.first, second]
    assert read(shelf.tables, second).equals(pa.concat_tables([FEW, NOISE]))
