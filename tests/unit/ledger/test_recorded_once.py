"""Answers that were recorded: places of classes, and ids that may come twice."""

import pyarrow as pa
import pytest

from everloop.ledger.labels import one_column
from everloop.ledger.prediction_rows import prediction_rows
from everloop.ledger.recorded_once import recorded_once
from everloop.records.target import TargetRule

TARGET = TargetRule(outcome="species")


def rows(*ids: str, rung: str = "elsewhere") -> pa.Table:
    return pa.table({"id": ids, "rung": [rung] * len(ids), "place": range(len(ids))})


def test_of_rows_with_one_id_the_first_counts():
    assert recorded_once(rows("b", "a", "b", "c", "a"))["place"].to_pylist() == [0, 1, 3]


@pytest.mark.parametrize("table", [rows("a", "b"), rows("a", "a", rung="model"), rows()])
def test_rows_that_were_recorded_once_or_answered_here_stay(table):
    assert recorded_once(table).num_rows == table.num_rows


def test_a_row_that_was_recorded_again_is_joined_once(ledger, writer):
    context = writer.context(rung="elsewhere")
    for minute in (1, 2):
        writer.log.append([writer.answered("order-1", output=[1.0], minute=minute, context=context)])
    joined = ledger.joined("animals", TARGET)
    assert joined["id"].to_pylist() == ["order-1"]
    assert ledger.joined("animals", TARGET, columns=["id"]).num_rows == 1
    assert "rung" not in ledger.joined("animals", TARGET, columns=["id"]).column_names


def test_the_place_of_a_class_is_read_as_the_class_without_probabilities(writer):
    context = writer.context(rung="elsewhere")
    places = writer.answered(["p1", "p2"], rows=[{}, {}], output=[1.0, 0.0], context=context)
    chances = writer.answered("p3", output=[0.25, 0.75], context=context)
    failed = writer.answered("p4", output=[], context=context, error="the upstream answered 500")
    writer.log.append([places, chances, failed])
    found = prediction_rows(writer.log.segments(), "animals")
    assert one_column(found, "output").to_pylist() == ["dog", "cat", "dog", None]
    assert found["probabilities"].to_pylist() == [None, None, [0.25, 0.75], None]
