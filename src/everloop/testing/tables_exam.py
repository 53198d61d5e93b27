"""The exam that every table store sits."""

import threading
from datetime import UTC, date, datetime
from decimal import Decimal

import pyarrow as pa
import pytest

from everloop.errors import Conflict, InvalidData, InvalidName, InvalidRequest, NotFound
from everloop.stores.tables import TableStore

NAME = "datasets/churn"


def numbers(start: int, count: int) -> pa.Table:
    """Rows numbered from `start`."""
    return pa.table({"n": pa.array(range(start, start + count), pa.int64())})


def content(store: TableStore, version: int | None = None) -> list[int | None]:
    """The numbers in the table at a version."""
    snapshot = store.snapshot(NAME, version)
    assert snapshot is not None
    return snapshot.read(["n"])["n"].to_pylist()


def _ten_from(start: int | None) -> list[int]:
    assert start is not None
    return list(range(start, start + 10))


class TablesExam:
    """Subclass it with a `store` fixture: an empty `TableStore`."""

    @pytest.fixture
    def store(self) -> TableStore:
        """An empty store."""
        raise NotImplementedError

    def test_a_table_that_is_not_there_is_none(self, store: TableStore) -> None:
        assert store.snapshot(NAME) is None
        assert list(store.names("datasets")) == []

    def test_rows_come_back_in_the_order_of_their_appends(self, store: TableStore) -> None:
        for start in range(0, 120, 10):
            store.append(NAME, numbers(start, 10))
        assert content(store) == list(range(120))

    def test_versions_grow_and_each_can_be_read(self, store: TableStore) -> None:
        versions = [store.append(NAME, numbers(10 * turn, 10)) for turn in range(3)]
        assert versions == sorted(set(versions))
        assert [len(content(store, version)) for version in versions] == [10, 20, 30]

    def test_version_0_is_empty(self, store: TableStore) -> None:
        store.append(NAME, numbers(0, 10))
        assert content(store, 0) == []

    def test_one_goes_on_reading_where_one_stopped_whatever_was_merged(self, store: TableStore) -> None:
        for start in range(0, 200, 10):
            store.append(NAME, numbers(start, 10))
        for _ in range(2):
            snapshot = store.snapshot(NAME)
            assert snapshot is not None
            assert snapshot.rows == 200
            for after in (0, 5, 10, 77, 199, 200):
                parts = [part.to_table(columns=["n"]) for part in snapshot.after(after, ["n"])]
                assert [n for part in parts for n in part["n"].to_pylist()] == list(range(after, 200))
            store.compact(NAME)

    def test_a_snapshot_does_not_see_later_appends(self, store: TableStore) -> None:
        store.append(NAME, numbers(0, 10))
        snapshot = store.snapshot(NAME)
        store.append(NAME, numbers(10, 10), marks=["late"])
        store.compact(NAME)
        assert snapshot is not None
        assert snapshot.read()["n"].to_pylist() == list(range(10))
        assert not snapshot.has("late")

    def test_a_version_that_never_was_is_not_found(self, store: TableStore) -> None:
        version = store.append(NAME, numbers(0, 10))
        for wrong in (version + 1, -1):
            with pytest.raises(NotFound):
                store.snapshot(NAME, wrong)

    def test_an_append_with_a_known_mark_adds_nothing(self, store: TableStore) -> None:
        version = store.append(NAME, numbers(0, 10), marks=["one", "two"])
        assert store.append(NAME, numbers(10, 10), marks=["two"]) == version
        assert content(store) == list(range(10))

    def test_marks_are_remembered_through_later_appends(self, store: TableStore) -> None:
        store.append(NAME, numbers(0, 1), marks=["first"])
        for start in range(1, 25):
            store.append(NAME, numbers(start, 1))
        snapshot = store.snapshot(NAME)
        assert snapshot is not None
        assert snapshot.has("first")
        assert not snapshot.has("other")

    def test_rows_without_values_can_carry_a_mark(self, store: TableStore) -> None:
        store.append(NAME, numbers(0, 10))
        store.append(NAME, numbers(0, 0), marks=["nothing"])
        snapshot = store.snapshot(NAME)
        assert snapshot is not None
        assert snapshot.has("nothing")
        assert content(store) == list(range(10))

    def test_restoring_brings_rows_and_marks_back(self, store: TableStore) -> None:
        old = store.append(NAME, numbers(0, 10), marks=["kept"])
        new = store.append(NAME, numbers(10, 10), marks=["undone"])
        restored = store.restore(NAME, old)
        assert restored > new
        assert content(store) == list(range(10))
        snapshot = store.snapshot(NAME)
        assert snapshot is not None
        assert snapshot.has("kept")
        assert not snapshot.has("undone")
        assert content(store, new) == list(range(20))

    def test_restoring_the_present_version_changes_nothing(self, store: TableStore) -> None:
        version = store.append(NAME, numbers(0, 10))
        assert store.restore(NAME, version) == version

    def test_an_append_that_was_undone_can_be_made_again(self, store: TableStore) -> None:
        old = store.append(NAME, numbers(0, 10))
        store.append(NAME, numbers(10, 10), marks=["again"])
        store.restore(NAME, old)
        store.append(NAME, numbers(10, 10), marks=["again"])
        assert content(store) == list(range(20))

    def test_restoring_what_is_not_there_is_not_found(self, store: TableStore) -> None:
        with pytest.raises(NotFound):
            store.restore(NAME, 0)
        store.append(NAME, numbers(0, 10))
        with pytest.raises(NotFound):
            store.restore(NAME, 99)

    def test_merging_files_changes_neither_rows_nor_their_order(self, store: TableStore) -> None:
        versions = [store.append(NAME, numbers(10 * turn, 10), marks=[f"m{turn}"]) for turn in range(20)]
        store.compact(NAME)
        store.append(NAME, numbers(200, 10))
        assert content(store) == list(range(210))
        assert content(store, versions[4]) == list(range(50))
        snapshot = store.snapshot(NAME)
        assert snapshot is not None
        assert snapshot.has("m3")

    def test_merging_a_table_that_is_not_there_does_nothing(self, store: TableStore) -> None:
        store.compact(NAME)
        assert store.snapshot(NAME) is None

    def test_a_new_column_is_null_in_older_rows(self, store: TableStore) -> None:
        store.append(NAME, numbers(0, 2))
        store.append(NAME, pa.table({"n": [2], "note": ["new"]}))
        snapshot = store.snapshot(NAME)
        assert snapshot is not None
        assert snapshot.read(["note"])["note"].to_pylist() == [None, None, "new"]

    def test_a_column_that_is_left_out_is_null(self, store: TableStore) -> None:
        store.append(NAME, pa.table({"n": [0], "note": ["old"]}))
        store.append(NAME, numbers(1, 1))
        snapshot = store.snapshot(NAME)
        assert snapshot is not None
        assert snapshot.read(["note"])["note"].to_pylist() == ["old", None]

    def test_a_column_of_another_type_is_refused_and_nothing_is_added(self, store: TableStore) -> None:
        version = store.append(NAME, numbers(0, 10))
        with pytest.raises(Conflict, match="'n'"):
            store.append(NAME, pa.table({"n": ["text"]}))
        snapshot = store.snapshot(NAME)
        assert snapshot is not None
        assert snapshot.version == version

    def test_a_table_without_rows_takes_the_types_of_the_next(self, store: TableStore) -> None:
        store.append(NAME, numbers(0, 10))
        store.restore(NAME, 0)
        store.append(NAME, pa.table({"n": ["text"]}))
        snapshot = store.snapshot(NAME)
        assert snapshot is not None
        assert snapshot.read()["n"].to_pylist() == ["text"]

    def test_every_type_comes_back(self, store: TableStore) -> None:
        moment = datetime(2026, 3, 1, 12, 30, 15, 123_456, tzinfo=UTC)
        values: dict[str, tuple[pa.DataType, object]] = {
            "whole": (pa.int64(), -(2**62)),
            "unsigned": (pa.uint32(), 2**32 - 1),
            "number": (pa.float64(), 0.1),
            "single": (pa.float32(), 0.5),
            "truth": (pa.bool_(), True),
            "text": (pa.large_string(), "Zoë"),
            "category": (pa.dictionary(pa.int32(), pa.string()), "red"),
            "day": (pa.date32(), date(2026, 3, 1)),
            "moment": (pa.timestamp("us", "UTC"), moment),
            "local": (pa.timestamp("ns"), moment.replace(tzinfo=None)),
            "vector": (pa.list_(pa.float32()), [0.5, -1.5]),
            "bytes": (pa.binary(), b"\x00\xff"),
            "price": (pa.decimal128(9, 2), Decimal("19.99")),
        }
        rows = {name: pa.array([value, None], kind) for name, (kind, value) in values.items()}
        store.append(NAME, pa.table(rows))
        snapshot = store.snapshot(NAME)
        assert snapshot is not None
        assert snapshot.read().to_pylist() == [
            {name: value for name, (_, value) in values.items()},
            dict.fromkeys(values),
        ]

    def test_a_type_that_no_table_keeps_is_refused(self, store: TableStore) -> None:
        with pytest.raises(InvalidData, match="'wait'"):
            store.append(NAME, pa.table({"wait": pa.array([1], pa.duration("s"))}))
        assert store.snapshot(NAME) is None

    def test_columns_and_filters_are_pushed_down(self, store: TableStore) -> None:
        import pyarrow.compute as pc

        store.append(NAME, pa.table({"n": [1, 2, 3], "m": [4, 5, 6]}))
        store.append(NAME, pa.table({"n": [4], "m": [7]}))
        snapshot = store.snapshot(NAME)
        assert snapshot is not None
        found = snapshot.dataset().to_table(columns=["m"], filter=pc.field("n") > 2)
        assert found.to_pydict() == {"m": [6, 7]}

    def test_names_are_those_of_the_group_in_order(self, store: TableStore) -> None:
        for name in ("datasets/b", "datasets/a", "outcomes/a"):
            store.append(name, numbers(0, 1))
        assert list(store.names("datasets")) == ["a", "b"]

    @pytest.mark.parametrize("name", ["datasets/../x", "datasets/", "/etc/x", "datasets/a/b", "datasets/a\n"])
    def test_a_name_that_could_be_a_path_is_refused(self, store: TableStore, name: str) -> None:
        with pytest.raises((InvalidName, InvalidRequest)):
            store.append(name, numbers(0, 1))
        with pytest.raises((InvalidName, InvalidRequest)):
            store.snapshot(name)

    def test_threads_that_append_at_once_lose_nothing(self, store: TableStore) -> None:
        def write(thread: int) -> None:
            for turn in range(4):
                mark = f"{thread}-{turn}"
                for _ in range(2):  # each append is sent twice
                    store.append(NAME, numbers(100 * thread + 10 * turn, 10), marks=[mark])

        threads = [threading.Thread(target=write, args=(n,)) for n in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        found = content(store)
        assert sorted(n for n in found if n is not None) == [100 * t + n for t in range(3) for n in range(40)]
        assert all(found[i : i + 10] == _ten_from(found[i]) for i in range(0, 120, 10))
