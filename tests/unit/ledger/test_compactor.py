"""Exactly once: whatever is interrupted wherever."""

import logging
import os

import pytest

from everloop.errors import WorkspaceUnusable
from everloop.ledger.folder import CaptureFolder
from everloop.ledger.frames import Kind, to_frame
from everloop.ledger.ledger import Ledger
from everloop.records.signature import Column, Signature

GROUPS = "predictions", "outcomes"


def stored(tables, endpoint="animals"):
    """What the tables alone hold: ids of predictions, ids of outcomes."""
    snapshots = [tables.snapshot(f"{group}/{endpoint}") for group in GROUPS]
    columns = ("id", "prediction")
    return [[] if s is None else s.read()[c].to_pylist() for s, c in zip(snapshots, columns, strict=True)]


@pytest.fixture
def capture(layout):
    return CaptureFolder(layout.capture)


def test_sealed_segments_of_all_workers_go_in_and_their_files_go_away(writer, ledger, tables, capture):
    for place in range(3):
        writer.predict(f"p{place}")
        writer.tell(f"p{place}", "cat")
        writer.log.seal()
    done = ledger.compact()
    assert (done.segments, done.predictions, done.outcomes) == (3, 3, 3)
    assert stored(tables) == [["p0", "p1", "p2"]] * 2
    assert capture.ids() == []


def test_a_second_compaction_has_nothing_to_do(writer, ledger, tables):
    writer.predict("p1")
    writer.log.seal()
    ledger.compact()
    version = tables.snapshot("predictions/animals").version
    assert ledger.compact().segments == 0
    assert tables.snapshot("predictions/animals").version == version


def test_an_open_segment_is_left_to_its_worker(writer, ledger, tables):
    writer.predict("p1")
    assert ledger.compact().segments == 0
    assert stored(tables) == [[], []]


def test_a_workspace_that_never_served_has_nothing_to_compact(ledger):
    assert ledger.compact().segments == 0


class Interrupted(Exception):
    pass


class StopsAfter:
    """A table store that works for `steps` calls and is then cut off, before or after the call took effect."""

    def __init__(self, tables, steps, *, before):
        self._tables, self._left, self._before = tables, steps, before

    def snapshot(self, name, version=None):
        return self._tables.snapshot(name, version)

    def append(self, name, rows, *, marks=()):
        self._left -= 1
        if self._before and self._left < 0:
            raise Interrupted
        version = self._tables.append(name, rows, marks=marks)
        if self._left < 0:
            raise Interrupted
        return version

    def compact(self, name):
        self._tables.compact(name)


@pytest.mark.parametrize("before", [True, False])
@pytest.mark.parametrize("steps", [0, 1, 2, 3])
def test_a_compaction_cut_off_at_any_append_is_finished_by_the_next(
    writer, ledger, tables, layout, clock, steps, before
):
    for endpoint in ("animals", "birds"):
        context = writer.context(endpoint)
        for place in range(3):
            writer.predict(f"{endpoint}-{place}", context=context)
            writer.tell(f"{endpoint}-{place}", "cat", endpoint=endpoint)
    writer.log.seal()
    with pytest.raises(Interrupted):
        Ledger(StopsAfter(tables, steps, before=before), layout, clock).compact()
    writer.predict("animals-3")
    writer.log.seal()
    ledger.compact()
    assert stored(tables) == [[f"animals-{n}" for n in range(4)], [f"animals-{n}" for n in range(3)]]
    assert stored(tables, "birds") == [[f"birds-{n}" for n in range(3)]] * 2


def test_a_file_that_could_not_be_deleted_changes_nothing(writer, ledger, tables, monkeypatch, capture):
    writer.predict("p1")
    writer.log.seal()
    with monkeypatch.context() as patched:
        patched.setattr(CaptureFolder, "discard", _interrupt)
        with pytest.raises(Interrupted):
            ledger.compact()
    assert len(capture.ids()) == 1
    assert ledger.predictions("animals")["id"].to_pylist() == ["p1"]
    assert ledger.compact().predictions == 0
    assert stored(tables)[0] == ["p1"]
    assert capture.ids() == []


def test_a_store_that_takes_nothing_keeps_the_segments(writer, layout, tables, clock, capture):
    class Full(StopsAfter):
        def append(self, name, rows, *, marks=()):
            raise WorkspaceUnusable("No space left on device.")

    writer.predict("p1")
    writer.log.seal()
    with pytest.raises(WorkspaceUnusable):
        Ledger(Full(tables, 0, before=True), layout, clock).compact()
    assert len(capture.ids()) == 1


def test_a_folder_that_cannot_be_changed_is_one_clear_error(writer, ledger, monkeypatch):
    writer.predict("p1")
    writer.log.seal()
    monkeypatch.setattr(CaptureFolder, "discard", _read_only)
    with pytest.raises(WorkspaceUnusable, match=r"capture/ cannot be changed: Read-only file system\."):
        ledger.compact()


def test_a_damaged_segment_gives_its_good_rows_and_is_set_aside_with_a_note(
    writer, ledger, tables, layout, capture, caplog
):
    for place in range(5):
        writer.predict(f"p{place}")
    writer.log.seal()
    (name,) = capture.ids()
    path = layout.capture / f"{name}.seg"
    data = bytearray(path.read_bytes())
    data[data.index(b"p2")] ^= 1
    path.write_bytes(data)
    with caplog.at_level(logging.WARNING):
        done = ledger.compact()
    assert done.damaged == [name]
    assert stored(tables)[0] == ["p0", "p1", "p3", "p4"]
    assert capture.ids() == []
    assert sorted(os.listdir(layout.capture / "damaged")) == [f"{name}.seg", f"{name}.txt"]
    assert (layout.capture / "damaged" / f"{name}.txt").read_text().startswith("bytes ")
    assert [name in record.getMessage() for record in caplog.records] == [True]


def test_a_torn_end_is_dropped_and_named(writer, ledger, tables, layout, capture, caplog):
    writer.predict("p1")
    writer.log.seal()
    (name,) = capture.ids()
    with (layout.capture / f"{name}.seg").open("ab") as file:
        file.write(to_frame(Kind.OUTCOMES, [])[:-1])
    with caplog.at_level(logging.WARNING):
        done = ledger.compact()
    assert (done.torn_bytes, done.damaged) == (13, [])
    assert name in caplog.text
    assert stored(tables)[0] == ["p1"]


def test_a_segment_of_a_newer_format_stays_where_it_is(writer, ledger, layout, capture, caplog):
    writer.predict("p1")
    writer.log.seal()
    newer = to_frame(Kind.HEADER, ("everloop.capture/9", "w", 0, None))
    (layout.capture / "w-000000.seg").write_bytes(newer)
    with caplog.at_level(logging.WARNING):
        done = ledger.compact()
    assert (done.unreadable, done.predictions) == (["w-000000"], 1)
    assert capture.ids() == ["w-000000"]
    assert ledger.predictions("animals").num_rows == 1


def test_a_segment_of_a_newer_format_is_complained_of_once(ledger, layout, capture, caplog):
    layout.capture.mkdir()
    newer = to_frame(Kind.HEADER, ("everloop.capture/9", "w", 0, None))
    (layout.capture / "w-000000.seg").write_bytes(newer)
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            assert ledger.compact().unreadable == ["w-000000"]
            ledger.predictions("animals")
    assert [record.levelname for record in caplog.records] == ["WARNING"]


class RefusesOne(StopsAfter):
    """A table store that works, but for one table."""

    def __init__(self, tables, name):
        super().__init__(tables, 10**6, before=True)
        self._name = name

    def append(self, name, rows, *, marks=()):
        if name == self._name:
            raise Interrupted
        return super().append(name, rows, marks=marks)


def test_a_table_that_takes_nothing_holds_up_no_other(writer, ledger, tables, layout, clock, capture):
    writer.predict("a1")
    writer.log.seal()
    writer.predict("b1", context=writer.context("birds"))
    writer.tell("b1", "cat", endpoint="birds")
    writer.log.seal()
    writer.tell("a1", "cat")
    writer.log.seal()
    with pytest.raises(Interrupted):
        Ledger(RefusesOne(tables, "predictions/animals"), layout, clock).compact()
    assert stored(tables) == [[], ["a1"]]
    assert stored(tables, "birds") == [["b1"]] * 2
    assert len(capture.ids()) == 1
    assert ledger.compact().predictions == 1
    assert stored(tables) == [["a1"]] * 2


def test_a_segment_that_makes_no_rows_is_stuck_alone(writer, ledger, tables, capture):
    for place in range(3):
        answer = writer.answered(f"p{place}")
        answer.served_at += 2**63 * (place == 1)
        writer.log.append([answer])
        writer.log.seal()
    with pytest.raises(OverflowError):
        ledger.compact()
    assert stored(tables)[0] == ["p0", "p2"]
    assert len(capture.ids()) == 1


def test_a_segment_that_cannot_be_opened_holds_up_no_other(writer, ledger, tables, monkeypatch, capture):
    for place in range(3):
        writer.predict(f"p{place}")
        writer.log.seal()
    second, read = capture.ids()[1], CaptureFolder.read
    monkeypatch.setattr(
        CaptureFolder, "read", lambda self, name: _read_only() if name == second else read(self, name)
    )
    with pytest.raises(WorkspaceUnusable):
        ledger.compact()
    assert stored(tables)[0] == ["p0", "p2"]
    assert capture.ids() == [second]


def test_columns_that_differ_by_capitals_alone_are_both_kept(writer, ledger):
    def signature(*names):
        columns = tuple(Column(name=name, kind="number", nullable=True) for name in names)
        return Signature(task="regression", target="y", columns=columns)

    writer.predict("p1", rows=[{"Age": 1}], output=[0], context=writer.context(signature=signature("Age")))
    writer.log.seal()
    ledger.compact()
    both = writer.context(signature=signature("age", "AGE", "Age"))
    writer.predict("p2", rows=[{"age": 2, "AGE": 3, "Age": 4}], output=[0], context=both)
    writer.log.seal()
    ledger.compact()
    rows = ledger.predictions("animals", columns=["number.Age", "number.age", "number.AGE"])
    assert rows.to_pylist() == [
        {"number.Age": 1, "number.age": None, "number.AGE": None},
        {"number.Age": 4, "number.age": 2, "number.AGE": 3},
    ]


def _interrupt(*_):
    raise Interrupted


def _read_only(*_):
    raise OSError(30, "Read-only file system")
