"""Rows show as soon as they are captured, and once, whatever the compactor does meanwhile."""

import pytest

from everloop.errors import InvalidRequest
from everloop.ledger.folder import CaptureFolder
from everloop.ledger.reader import LedgerReader


def ids(ledger):
    return ledger.predictions("animals")["id"].to_pylist()


def test_rows_show_before_sealed_and_compacted_alike(writer, ledger):
    writer.predict("p1")
    assert ids(ledger) == ["p1"]
    writer.log.seal()
    assert ids(ledger) == ["p1"]
    ledger.compact()
    writer.predict("p2")
    assert ids(ledger) == ["p1", "p2"]


def test_columns_keep_their_order_through_compaction(writer, ledger):
    writer.predict("p1", rows=[{"length": 1}])
    fresh = ledger.predictions("animals")
    writer.log.seal()
    ledger.compact()
    assert ledger.predictions("animals").equals(fresh.set_column(
        fresh.schema.get_field_index("handed_over"), "handed_over", [[True]]))  # fmt: skip


def test_a_segment_compacted_while_it_is_read_counts_once(writer, ledger, tables, layout):
    writer.predict("p1")
    writer.log.seal()
    reader = LedgerReader(tables, CaptureFolder(layout.capture))  # has read the segment
    ledger.compact()
    assert reader.predictions("animals")["id"].to_pylist() == ["p1"]


def test_a_segment_deleted_before_it_is_read_is_in_the_table(writer, ledger, tables, layout):
    writer.predict("p1")
    writer.log.seal()

    class Slow(CaptureFolder):
        def read(self, segment):
            ledger.compact()
            return super().read(segment)

    assert LedgerReader(tables, Slow(layout.capture)).predictions("animals")["id"].to_pylist() == ["p1"]


def test_a_segment_sealed_while_it_is_looked_for_is_found(writer, tables, layout, monkeypatch):
    writer.predict("p1")
    (name,) = CaptureFolder(layout.capture).ids()
    sealed = layout.capture / f"{name}.seg"
    read = type(sealed).read_bytes

    def slowly(path):
        if path.suffix == ".open":
            writer.log.seal()
        return read(path)

    monkeypatch.setattr(type(sealed), "read_bytes", slowly)
    segment = CaptureFolder(layout.capture).read(name)
    assert segment is not None
    assert segment.sealed


@pytest.mark.parametrize("compacted", [0, 3, 6])
def test_columns_and_times_are_picked_from_both(writer, ledger, compacted):
    for place in range(6):
        if place == compacted:
            writer.log.seal()
            ledger.compact()
        writer.predict(f"p{place}", minute=place, rows=[{"length": place}])
    noon = ledger.predictions("animals")["served_at"][0].as_py()
    rows = ledger.predictions(
        "animals",
        columns=["number.length", "output"],
        since=noon.replace(minute=2),
        until=noon.replace(minute=5),
    )
    assert rows.to_pydict() == {"number.length": [2.0, 3.0, 4.0], "output": ["dog"] * 3}


def test_a_column_that_no_row_has_is_named(writer, ledger):
    writer.predict("p1")
    with pytest.raises(InvalidRequest, match=r"no column 'number.width'.*number.length"):
        ledger.predictions("animals", columns=["number.width"])


def test_an_endpoint_that_never_answered_has_no_rows(ledger):
    assert ids(ledger) == []
    assert ledger.outcomes("animals").num_rows == 0
