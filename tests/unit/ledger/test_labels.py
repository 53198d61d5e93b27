"""Labels in three columns and back in one."""

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from everloop.ledger.labels import as_kind, common_kind, label_columns, one_column, whole_numbers


def packed(labels):
    return pa.table(label_columns("x", labels))


numbers = st.integers(-(2**53), 2**53) | st.floats(allow_nan=False)
texts = st.text(st.characters(exclude_categories=["Cs"]))


@pytest.mark.parametrize("labels", [numbers, texts, st.booleans()])
def test_labels_of_one_kind_come_back(labels):
    @settings(deadline=None)
    @given(st.lists(st.none() | labels, min_size=1))
    def holds(values):
        if any(value is not None for value in values):
            assert one_column(packed(values), "x").to_pylist() == values

    holds()


@settings(deadline=None)
@given(st.lists(numbers | texts | st.booleans() | st.none()))
def test_each_label_stands_in_one_column_and_none_is_lost(values):
    table = packed(values)
    filled = [sum(row[name] is not None for name in table.column_names) for row in table.to_pylist()]
    assert filled == [int(value is not None) for value in values]
    assert one_column(table, "x").null_count == values.count(None)


@pytest.mark.parametrize(
    ("leading", "other", "expected"),
    [
        ([1, 2], ["1", " 2"], ["1", "2", "1", " 2"]),
        ([1, 2], ["1", "2"], [1.0, 2.0, 1.0, 2.0]),
        ([1.5], ["1e3"], [1.5, 1000.0]),
        (["1", "2"], [1, 2.0], ["1", "2", "1", "2"]),
        (["yes"], [True], ["yes", "true"]),
        ([True], ["False", "TRUE"], [True, False, True]),
        ([True, False], [0, 1], [True, False, False, True]),
        ([0, 1], [True, False], [0.0, 1.0, 1.0, 0.0]),
        ([True], [2], ["true", "2"]),
        ([7], ["seven"], ["7", "seven"]),
        ([None], [3], [None, 3.0]),
    ],
)
def test_labels_of_two_kinds_get_a_type_that_fits_both(leading, other, expected):
    first, second = packed(leading), packed(other)
    kind = common_kind([(first, "x"), (second, "x")])
    found = [*as_kind(first, "x", kind).to_pylist(), *as_kind(second, "x", kind).to_pylist()]
    assert found == expected
    assert list(map(type, found)) == list(map(type, expected))


def test_an_integer_that_a_float_cannot_hold_stays_exact():
    table = packed([2**53 + 1, 5])
    assert one_column(table, "x").to_pylist() == ["9007199254740993", "5"]


@pytest.mark.parametrize(
    ("values", "whole"), [([1.0, None], True), ([1.5], False), ([], True), ([float("inf")], False)]
)
def test_only_whole_numbers_become_integers(values, whole):
    found = whole_numbers(pa.array(values, pa.float64()))
    assert (found.type == pa.int64()) is whole
