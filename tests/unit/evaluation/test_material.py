from datetime import UTC, datetime, timedelta

import numpy as np
import pyarrow as pa
import pytest

from everloop.evaluation.material import TRAFFIC, Learned, gather, usable
from everloop.records.signature import Column, Signature

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
SIGNATURE = Signature(
    task="classification",
    target="y",
    columns=(Column(name="x", kind="number", nullable=True),),
    classes=("no", "yes"),
)


def minute(count):
    return NOON + timedelta(minutes=count)


def learned(x, y):
    return [Learned(signature=SIGNATURE, table=pa.table({"x": x, "y": y}))]


def ids(material):
    return material.rows["id"].to_pylist()


def test_rows_count_from_the_moment_on_once_their_truth_is_final(ledger_rows):
    rows = ledger_rows({"number.x": [1.0, 2.0, 3.0, 4.0]}, ["no", "yes", None, "yes"])
    found = gather(rows, begin=minute(1))
    assert ids(found) == ["p00001", "p00003"]
    assert found.usable == usable(rows, begin=minute(1)) == 2
    assert found.left_out == {"served before a training window ended": 1, "without a final truth": 1}


def test_a_truth_that_may_still_change_is_not_looked_at(ledger_rows):
    rows = ledger_rows({"number.x": [1.0, 2.0]}, ["no", "yes"], mature=[True, False])
    assert ids(gather(rows, begin=NOON)) == ["p00000"]


def test_shadows_and_bodies_that_could_not_be_read_are_no_rows(ledger_rows):
    rows = ledger_rows(
        {"number.x": [1.0, 2.0, 3.0]},
        ["no", "no", "no"],
        shadow=[True, False, False],
        unread_body=pa.array([None, b"{", None], pa.binary()),
    )
    found = gather(rows, begin=NOON)
    assert ids(found) == ["p00002"]
    assert found.traffic.num_rows == 1


def test_a_row_that_a_model_learned_from_does_not_count_however_it_came_there(ledger_rows):
    rows = ledger_rows({"number.x": [1.0, 2.0, 3.0]}, ["no", "no", "no"])
    found = gather(rows, begin=NOON, learned=learned([5, 2, 9], ["no", "no", "yes"]))
    assert ids(found) == ["p00000", "p00002"]
    assert found.doubled == {"equal to rows that a compared model has learned from": 1}
    assert found.usable == 3


def test_equal_inputs_with_another_truth_are_another_row(ledger_rows):
    rows = ledger_rows({"number.x": [2.0]}, ["yes"])
    assert ids(gather(rows, begin=NOON, learned=learned([2, 3], ["no", "no"]))) == ["p00000"]


def test_a_probe_that_is_sent_again_and_again_is_one_row(ledger_rows):
    rows = ledger_rows({"number.x": [4.0] * 50}, ["no"] * 50)
    found = gather(rows, begin=NOON, learned=learned([1, 2], ["no", "yes"]))
    assert ids(found) == ["p00000"]
    assert found.doubled == {"the same row again": 49}


def test_where_training_rows_equal_each_other_equal_rows_count_and_it_is_told(ledger_rows):
    rows = ledger_rows({"number.x": [1.0, 1.0, 0.0]}, ["no", "no", "no"])
    found = gather(rows, begin=NOON, learned=learned([1.0] * 40 + [0.0] * 40, ["no"] * 80))
    assert len(ids(found)) == 3
    assert found.notes == ("3 rows equal training rows as often as those equal each other: they count",)


def test_rows_of_some_categories_are_not_thinned_to_the_rare_ones(ledger_rows):
    def drawn(count, seed):
        return np.random.default_rng(seed).integers(0, 3000, count).astype(float)

    rows = ledger_rows({"number.x": drawn(1000, 1)}, ["no"] * 1000)
    found = gather(rows, begin=NOON, learned=learned(drawn(4000, 2), ["no"] * 4000))
    assert found.rows.num_rows == 1000


def test_rows_that_were_learned_from_do_not_count_even_where_some_are_equal_by_chance(ledger_rows):
    served = np.random.default_rng(1).integers(0, 20_000, 1000).astype(float)
    others = np.random.default_rng(2).integers(0, 20_000, 3000).astype(float)
    rows = ledger_rows({"number.x": served}, ["no"] * 1000)
    found = gather(rows, begin=NOON, learned=learned([*served, *others], ["no"] * 4000))
    assert found.rows.num_rows == 0


def test_where_models_answer_numbers_a_truth_that_is_none_does_not_count_and_it_is_told(ledger_rows):
    numbers = Signature(task="regression", target="y", columns=SIGNATURE.columns)
    rows = ledger_rows({"number.x": [1.0, 2.0, 3.0, 4.0]}, ["2.5", "n/a", "inf", "7"])
    table = pa.table({"x": [4.0, 9.0], "y": [7.0, 1.0]})
    found = gather(rows, begin=NOON, learned=[Learned(signature=numbers, table=table)])
    assert found.rows["truth"].to_pylist() == [2.5]
    assert found.doubled == {
        "the truth is no number": 2,
        "equal to rows that a compared model has learned from": 1,
    }
    assert found.usable == usable(rows, begin=NOON) == 4  # rows are waited for by the same count


def test_a_class_that_no_model_knows_does_not_count_and_it_is_told(ledger_rows):
    rows = ledger_rows({"number.x": [1.0, 2.0, 3.0]}, ["no", "1", "yes"])
    found = gather(rows, begin=NOON, learned=learned([7, 8], ["no", "yes"]))
    assert ids(found) == ["p00000", "p00002"]
    assert found.doubled == {"the truth is a class that no compared model knows": 1}


def test_traffic_are_the_newest_answers_with_a_truth_or_without(ledger_rows):
    count = TRAFFIC + 5
    rows = ledger_rows({"number.x": [float(i) for i in range(count)]}, [None] * (count - 1) + ["no"])
    found = gather(rows, begin=minute(count))
    assert found.rows.num_rows == 0
    assert found.traffic["number.x"].to_pylist()[0] == 5.0
    assert found.traffic.num_rows == TRAFFIC


@pytest.mark.parametrize("begin", [NOON, minute(99)])
def test_an_empty_ledger_gives_no_rows(ledger_rows, begin):
    rows = ledger_rows({"number.x": []}, pa.array([], pa.string()))
    found = gather(rows, begin=begin, learned=learned([1.0], ["no"]))
    assert found.rows.num_rows == found.usable == found.traffic.num_rows == 0
