import pyarrow as pa
import pytest
from deltalake import DeltaTable, write_deltalake
from pyarrow.fs import LocalFileSystem

from everloop.errors import WorkspaceUnusable
from everloop.stores import delta_tables
from everloop.stores.delta_tables import DeltaTables
from everloop.testing.tables_exam import TablesExam


class TestDeltaTables(TablesExam):
    @pytest.fixture
    def store(self, tmp_path):
        return DeltaTables(tmp_path)


def test_a_damaged_log_gives_one_clear_line(tmp_path):
    tables = DeltaTables(tmp_path)
    tables.append("g/t", pa.table({"n": [1]}))
    (tmp_path / "g" / "t" / "_delta_log" / f"{1:020d}.json").write_bytes(b"{not json")
    with pytest.raises(WorkspaceUnusable, match="Restore its folder from a backup") as refusal:
        tables.snapshot("g/t")
    assert "\n" not in str(refusal.value)


def test_another_writer_who_does_not_take_turns_is_noticed(tmp_path, monkeypatch):
    """Its commit comes between our look and our commit: ours is made again, after it."""
    tables, rival = DeltaTables(tmp_path), pa.table({"n": [2]})
    tables.append("g/t", pa.table({"n": [1]}))
    commit, left = delta_tables._commit, [1]

    def late(table, actions, marks):
        if left and left.pop():
            write_deltalake(tmp_path / "g" / "t", rival, mode="append")
        commit(table, actions, marks)

    monkeypatch.setattr(delta_tables, "_commit", late)
    tables.append("g/t", pa.table({"n": [3]}))
    assert sorted(tables.snapshot("g/t").read()["n"].to_pylist()) == [1, 2, 3]
    assert len(list((tmp_path / "g" / "t").glob("*.parquet"))) == 3


def test_old_versions_outlive_checkpoints_and_the_log_is_never_cleaned(tmp_path):
    tables = DeltaTables(tmp_path)
    versions = [tables.append("g/t", pa.table({"n": [number]})) for number in range(25)]
    for number, version in enumerate(versions):
        assert tables.snapshot("g/t", version).dataset().count_rows() == number + 1
    assert (
        DeltaTable(tmp_path / "g" / "t").metadata().configuration["delta.enableExpiredLogCleanup"] == "false"
    )


def test_what_is_read_is_read_by_arrow_alone(tmp_path):
    """Where its threads run Python, as they do for Delta's own file system, a process that ends meanwhile aborts."""
    tables = DeltaTables(tmp_path)
    tables.append("g/t", pa.table({"n": [1]}))
    assert isinstance(tables.snapshot("g/t").dataset().filesystem, LocalFileSystem)
