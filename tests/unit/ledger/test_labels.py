"""Labels in three columns and back in one."""

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from everloop.ledger.labels import as_kind, as_numbers, common_kind, label_columns, one_column, whole_numbers


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


@pytest.mark.parametrize(
    "labels",
    [[1.5, 2], ["1.5", "2"], [1.5, "2", "n/a"], [1.5, 2, True], [1.5, "2", "TRUE", "no"], [1.5, 2, "NaN", "inf"],
     [1.5, 2, float("inf"), 1e39, "1e999", -(10**400)]],
)  # fmt: skip
def test_what_is_a_number_is_read_as_one_whatever_came_beside_it(labels):
    table = packed(labels)
    expected = [1.5, 2.0, *(1.0 if str(label).lower() == "true" else None for label in labels[2:])]
    assert as_numbers(one_column(table, "x")).to_pylist() == expected


@pytest.mark.parametrize(
    ("column", "expected"),
    [
        (pa.array([True, False, None]), [1.0, 0.0, None]),
        (pa.array([2**60, 3], pa.int64()), [2.0**60, 3.0]),
        (pa.array(["7", "x", "7"]).dictionary_encode(), [7.0, None, 7.0]),
        (pa.array([float("nan"), -0.5]), [None, -0.5]),
        (pa.array([1e-300, -1e-46, 1e-44, 0.0]), [0.0, 0.0, 1e-44, 0.0]),
        (pa.array([], pa.string()), []),
    ],
)
def test_columns_of_any_type_are_read_as_numbers(column, expected):
    assert as_numbers(column).to_pylist() == expected
