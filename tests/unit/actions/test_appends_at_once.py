"""An append is written outside the metadata's transaction, by one at a time, and recorded once."""

import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace

import pyarrow as pa
import pytest

from everloop.actions.append_rows import AppendRequest, append_rows
from everloop.actions.context import Context
from everloop.actions.deploy import DeployRequest, deploy
from everloop.actions.mark_suspect import MarkSuspectRequest, mark_suspect
from everloop.actions.roll_back import RollBackRequest, roll_back
from everloop.datasets import append as module
from everloop.datasets.append import appending, written
from everloop.datasets.content import read
from everloop.datasets.versions import versions as versions_of
from everloop.errors import Conflict, InvalidData, SchemaMismatch, WorkspaceBusy
from everloop.records.dataset import DatasetVersion
from everloop.records.event import Event
from everloop.stores.delta_tables import DeltaTables
from everloop.stores.sql_metadata import SqlMetadata
from everloop.stores.tables import TableStore

Again = Callable[[], Context]
ROWS = pa.table({"n": [1, 2]})
MORE = pa.table({"n": [3, 4, 5]})
LAST = pa.table({"n": [6]})
LONGEST_S = 30.0  # that a test which fails is stuck


class HeldTables:
    """Tables whose appends stop once their rows are committed, until they are let go."""

    def __init__(self, inner: TableStore) -> None:
        self._inner = inner
        self.reached, self.go = threading.Event(), threading.Event()

    def append(self, name: str, rows: pa.Table, *, marks: Sequence[str] = ()) -> int:
        version = self._inner.append(name, rows, marks=marks)
        self.reached.set()
        assert self.go.wait(LONGEST_S), "nobody let it go"
        return version

    def __getattr__(self, verb: str) -> Callable[..., object]:
        return getattr(self._inner, verb)


class InFlight:
    """An append in a thread of its own, whose rows are in the table, and whose version is not there yet."""

    def __init__(self, context: Context, rows: pa.Table, dataset: str = "d") -> None:
        self._tables = HeldTables(context.tables)
        self._pool = ThreadPoolExecutor(1)
        held = replace(context, tables=self._tables, table=rows)
        self.answer: Future[DatasetVersion] = self._pool.submit(
            append_rows, held, AppendRequest(dataset=dataset)
        )

    def __enter__(self) -> "InFlight":
        assert self._tables.reached.wait(LONGEST_S)
        return self

    def land(self) -> DatasetVersion:
        self._tables.go.set()
        return self.answer.result(LONGEST_S)

    def __exit__(self, *error: object) -> None:
        self._tables.go.set()
        self._pool.shutdown()


@pytest.fixture(params=["in memory", "in files"])
def context(request: pytest.FixtureRequest, context: Context) -> Iterator[Context]:
    if request.param == "in memory":
        yield context
        return
    metadata = SqlMetadata(context.layout.metadata)
    yield replace(context, metadata=metadata, tables=DeltaTables(context.layout.tables))
    metadata.close()


def append(context: Context, rows: pa.Table, dataset: str = "d", note: str = "") -> DatasetVersion:
    return append_rows(replace(context, table=rows), AppendRequest(dataset=dataset, note=note))


def recorded(context: Context, dataset: str = "d") -> list[DatasetVersion]:
    with context.metadata.transaction() as transaction:
        return list(versions_of(transaction, dataset))


def events(context: Context) -> list[str]:
    with context.metadata.transaction() as transaction:
        return [event.key for event in transaction.find(Event, action="append_rows")]


def content(context: Context, version: DatasetVersion) -> list[int]:
    """The rows, which reading compares with the version's digest."""
    return read(context.tables, version)["n"].to_pylist()


@pytest.mark.usefixtures("versions")
def test_a_rollback_and_a_mark_go_through_while_an_append_is_written(context: Context, again: Again) -> None:
    for number in (1, 2):
        deploy(again(), DeployRequest(endpoint="churn", model="churn", version=number, override="newer"))
    first = append(again(), ROWS)
    with InFlight(again(), MORE) as flight:
        assert roll_back(again(), RollBackRequest(endpoint="churn")).champion == "churn@1"
        mark_suspect(again(), MarkSuspectRequest(dataset="d", version=1, reason="a broken sensor"))
        assert recorded(context) == [replace(first, suspect="a broken sensor")], (
            "nobody sees the new rows yet"
        )
        version = flight.land()
    assert (version.number, version.rows, version.added) == (2, 5, 3)
    assert content(context, version) == [1, 2, 3, 4, 5]
    assert recorded(context) == [replace(first, suspect="a broken sensor"), version]


def test_an_append_to_another_dataset_does_not_wait(context: Context, again: Again) -> None:
    with InFlight(again(), ROWS) as flight:
        assert content(context, append(again(), MORE, "other")) == [3, 4, 5]
        assert content(context, flight.land()) == [1, 2]


def test_an_append_in_flight_keeps_its_rows_and_who_waits_in_vain_is_told(
    context: Context, again: Again, monkeypatch: pytest.MonkeyPatch
) -> None:
    append(again(), ROWS)
    later = again()
    with InFlight(again(), MORE) as flight:
        monkeypatch.setattr(module, "PATIENCE_S", 0.0)
        with pytest.raises(
            WorkspaceBusy, match=r"Dataset 'd' is being appended to by process \d+"
        ) as refusal:
            append(later, LAST)
        assert "Wait for it, then append again." in str(refusal.value)
        assert "\n" not in str(refusal.value)
        assert content(context, flight.land()) == [1, 2, 3, 4, 5]
    assert content(context, append(later, LAST)) == [1, 2, 3, 4, 5, 6]
    assert [v.rows for v in recorded(context)] == [2, 5, 6]


def test_the_same_call_twice_at_once_adds_once_and_both_are_answered_alike(
    context: Context, again: Again
) -> None:
    same = again()
    with InFlight(same, ROWS) as flight, ThreadPoolExecutor(1) as pool:
        twin = pool.submit(append, same, ROWS)
        first = flight.land()
        assert twin.result(LONGEST_S) == first
    assert append(same, ROWS) == first
    assert recorded(context) == [first]
    assert events(context) == [same.key]
    assert context.tables.snapshot("datasets/d").rows == 2


def test_the_key_of_another_call_is_refused_and_writes_no_row(context: Context, again: Again) -> None:
    same = again()
    version = append(same, ROWS)
    for rows, dataset, note in ((ROWS, "other", ""), (MORE, "d", ""), (ROWS, "d", "a note")):
        with pytest.raises(Conflict, match="belongs to another, earlier `append_rows`"):
            append(same, rows, dataset, note)
    assert context.tables.snapshot("datasets/other") is None
    assert context.tables.snapshot("datasets/d").version == version.table_version


def test_of_two_calls_with_one_key_at_once_one_is_refused_and_leaves_nothing(
    context: Context, again: Again
) -> None:
    same = again()
    with InFlight(same, ROWS) as flight:
        version = append(same, MORE, "other")
        with pytest.raises(Conflict, match="belongs to another"):
            flight.land()
    assert recorded(context, "other") == [version]
    assert recorded(context) == []
    assert content(context, append(again(), LAST)) == [6]


def test_rows_that_do_not_fit_change_nothing(context: Context, again: Again) -> None:
    version = append(again(), ROWS)
    with pytest.raises(SchemaMismatch):
        append(again(), pa.table({"n": ["one"]}))
    assert recorded(context) == [version]
    assert len(events(context)) == 1
    assert context.tables.snapshot("datasets/d").version == version.table_version


def test_a_first_append_that_was_stopped_can_be_made_again_with_other_columns(
    context: Context, again: Again
) -> None:
    same = again()
    left = pa.table({"other": [7, 8]})
    written(context.metadata, context.tables, dataset="d", rows=left, key=same.key, clock=context.clock)
    assert content(context, append(same, ROWS)) == [1, 2]
    assert content(context, append(again(), MORE)) == [1, 2, 3, 4, 5]


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        (ROWS.slice(0, 0), "There are no rows to make 'd' of"),
        (pa.table({"n": [[1], [2]]}), "Column 'n'"),
        (pa.table({"": [1]}), "has no name"),
    ],
)
def test_what_no_dataset_takes_waits_for_no_turn_and_leaves_no_file(
    context: Context, again: Again, rows: pa.Table, says: str
) -> None:
    with pytest.raises(InvalidData, match=says):
        append(again(), rows)
    assert not context.layout.append_lock("d").exists()
    with appending(context.layout, "d"), pytest.raises(InvalidData, match=says):
        append(again(), rows)  # or it would wait for a minute


def test_threads_that_append_to_one_dataset_all_land_once(context: Context, again: Again) -> None:
    def several(thread: int) -> list[DatasetVersion]:
        return [append(again(), pa.table({"n": [thread, thread, number]})) for number in range(5)]

    with ThreadPoolExecutor(4) as pool:
        answers = [version for each in pool.map(several, range(100, 104)) for version in each]
    found = recorded(context)
    assert sorted(answers, key=lambda v: v.number) == found
    assert [(v.number, v.rows) for v in found] == [(n, 3 * n) for n in range(1, 21)]
    whole = read(context.tables, found[-1])
    assert Counter(whole["n"].to_pylist()) == {
        **dict.fromkeys(range(100, 104), 10),
        **dict.fromkeys(range(5), 4),
    }
    for version in found:
        assert read(context.tables, version).equals(whole.slice(0, version.rows))
    assert append(again(), whole, "at-once").digest == found[-1].digest
