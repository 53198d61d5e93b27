"""A disk that refuses: one clear line, nothing in part, and it works again when there is space."""

import errno
import os
import resource
from contextlib import contextmanager

import numpy as np
import pyarrow as pa
import pytest

from everloop.errors import WorkspaceUnusable
from everloop.stores import delta_tables
from everloop.stores.delta_tables import DeltaTables
from everloop.stores.file_blobs import FileBlobs

BEFORE_CHECKPOINT = 18  # rows, one a commit, after the one that made the table
ROWS = pa.table({"n": range(10)})
NOISE = pa.table({"x": np.random.default_rng(1).random(100_000)})  # 800 kB that do not compress


@pytest.fixture
def failing_sync(monkeypatch):
    """Makes one of the next syncs to disk fail (0: none), and says whether it came to that."""
    sync = os.fsync

    def make(number):
        left = [number]

        def fails(descriptor):
            left[0] -= 1
            if left[0] == 0:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            sync(descriptor)

        monkeypatch.setattr(os, "fsync", fails)
        return lambda: left[0] < 1

    yield make
    monkeypatch.undo()


@contextmanager
def files_up_to(size):
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.parametrize("number", range(1, 12))
def test_an_append_whose_sync_fails_is_there_whole_or_not_at_all_and_can_be_repeated(
    tmp_path, failing_sync, number
):
    tables = DeltaTables(tmp_path)
    failed = failing_sync(number)
    said = ""
    try:
        tables.append("g/t", ROWS, marks=["m"])
    except WorkspaceUnusable as refusal:
        said = str(refusal)
    assert failed() == ("No space left on device" in said)
    assert "\n" not in said
    snapshot = tables.snapshot("g/t")
    assert snapshot is None or snapshot.dataset().count_rows() in (0, 10)
    failing_sync(0)
    tables.append("g/t", ROWS, marks=["m"])
    assert tables.snapshot("g/t").read()["n"].to_pylist() == list(range(10))


def test_rows_that_the_disk_has_no_room_for_leave_no_file_behind(tmp_path):
    tables = DeltaTables(tmp_path)
    version = tables.append("g/t", NOISE.slice(0, 10))
    with files_up_to(100_000), pytest.raises(WorkspaceUnusable, match="Free some space") as refusal:
        tables.append("g/t", NOISE)
    assert "\n" not in str(refusal.value)
    assert tables.snapshot("g/t").version == version
    assert len(list((tmp_path / "g" / "t").glob("*.parquet"))) == 1
    tables.append("g/t", NOISE)
    assert tables.snapshot("g/t").dataset().count_rows() == 100_010


@pytest.fixture
def refused_checkpoint(tmp_path):
    """A table whose next commit is the one behind which Delta writes a checkpoint, which the disk does not take."""
    tables = DeltaTables(tmp_path)
    for number in range(BEFORE_CHECKPOINT):
        tables.append("g/t", pa.table({"n": [number]}), marks=[f"m{number}"])
    (tmp_path / "g/t/_delta_log" / f"{BEFORE_CHECKPOINT + 1:020d}.checkpoint.parquet").mkdir()
    return tables


def test_an_append_behind_which_no_checkpoint_can_be_written_is_there_and_stays(refused_checkpoint):
    tables, row, marks = refused_checkpoint, pa.table({"n": [BEFORE_CHECKPOINT]}), [f"m{BEFORE_CHECKPOINT}"]
    version = tables.append("g/t", row, marks=marks)
    assert tables.append("g/t", row, marks=marks) == version  # again, as who did not hear the answer
    assert tables.append("g/t", pa.table({"n": [BEFORE_CHECKPOINT + 1]})) == version + 1
    assert tables.snapshot("g/t").read()["n"].to_pylist() == list(range(BEFORE_CHECKPOINT + 2))


def test_a_merge_behind_which_no_checkpoint_can_be_written_loses_no_row(refused_checkpoint):
    refused_checkpoint.compact("g/t")
    assert refused_checkpoint.snapshot("g/t").read()["n"].to_pylist() == list(range(BEFORE_CHECKPOINT))
    refused_checkpoint.append("g/t", pa.table({"n": [BEFORE_CHECKPOINT]}))
    assert refused_checkpoint.snapshot("g/t").rows == BEFORE_CHECKPOINT + 1


def test_an_append_that_is_interrupted_when_its_commit_is_in_keeps_its_rows(tmp_path, monkeypatch):
    tables = DeltaTables(tmp_path)
    commit = delta_tables._commit

    def interrupted(*arguments):
        commit(*arguments)
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(delta_tables, "_commit", interrupted)
        with pytest.raises(KeyboardInterrupt):
            tables.append("g/t", ROWS, marks=["m"])
    tables.append("g/t", ROWS, marks=["m"])
    tables.append("g/t", pa.table({"n": [10]}))
    assert tables.snapshot("g/t").read()["n"].to_pylist() == list(range(11))


@pytest.mark.parametrize("number", [1, 2, 3])
def test_a_blob_whose_sync_fails_can_be_written_again(tmp_path, failing_sync, number):
    blobs = FileBlobs(tmp_path)
    failing_sync(number)
    with pytest.raises(WorkspaceUnusable, match="No space left") as refusal:
        blobs.write(b"weights")
    assert "\n" not in str(refusal.value)
    assert blobs.read(blobs.write(b"weights")) == b"weights"
    assert [path for path in tmp_path.rglob("*") if path.suffix == ".tmp"] == []


def test_a_blob_that_the_disk_has_no_room_for_leaves_no_file_behind(tmp_path):
    with files_up_to(1000), pytest.raises(WorkspaceUnusable):
        FileBlobs(tmp_path).write(b"x" * 10_000)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


@pytest.mark.parametrize("store", [DeltaTables, FileBlobs])
def test_a_file_where_a_folder_should_be_gives_one_clear_line(tmp_path, store):
    (tmp_path / "root").write_text("")
    broken = store(tmp_path / "root")
    with pytest.raises(WorkspaceUnusable) as refusal:
        broken.append("g/t", ROWS) if store is DeltaTables else broken.write(b"x")
    assert "\n" not in str(refusal.value)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_read_only_folder_gives_one_clear_line(tmp_path):
    tables = DeltaTables(tmp_path)
    tables.append("g/t", ROWS)
    (tmp_path / "g" / "t").chmod(0o500)
    with pytest.raises(WorkspaceUnusable, match="give this user the right"):
        tables.append("g/t", ROWS)
    (tmp_path / "g" / "t").chmod(0o700)


def test_a_damaged_blob_is_named_and_never_given_out(tmp_path):
    from everloop.errors import InvalidData

    blobs = FileBlobs(tmp_path)
    digest = blobs.write(b"weights")
    (tmp_path / digest[:2] / digest[2:]).write_bytes(b"weightz")
    with pytest.raises(InvalidData, match=digest):
        blobs.read(digest)
