from datetime import UTC, date, datetime

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from everloop.datasets.text_values import typed

INTEGERS = st.integers(-(2**63), 2**63 - 1)


def read(cells):
    column = typed(pa.chunked_array([pa.array(cells, pa.string())]))
    return str(column.type), column.to_pylist()


@pytest.mark.parametrize(
    ("cells", "kind", "values"),
    [
        (["1", " -2 ", "0"], "int64", [1, -2, 0]),
        (["1", "2.5", "1e3"], "double", [1.0, 2.5, 1000.0]),
        (["-.5", "+1.5", "inf"], "double", [-0.5, 1.5, float("inf")]),
        (["true", "False", ""], "bool", [True, False, None]),
        (["2026-03-01", None], "date32[day]", [date(2026, 3, 1), None]),
        (["2026-03-01 12:30"], "timestamp[us]", [datetime(2026, 3, 1, 12, 30)]),
        (["2026-03-01T12:30:00+02:00"], "timestamp[us, tz=UTC]", [datetime(2026, 3, 1, 10, 30, tzinfo=UTC)]),
        (["007", "042"], "string", ["007", "042"]),
        (["1", "007"], "string", ["1", "007"]),
        (["1.5", "007"], "string", ["1.5", "007"]),
        (["+491234567"], "string", ["+491234567"]),
        (["9223372036854775808"], "string", ["9223372036854775808"]),
        (["2026-02-30"], "string", ["2026-02-30"]),
        (["1,5"], "string", ["1,5"]),
        (["Yes", "No"], "string", ["Yes", "No"]),
        ([" padded ", "x"], "string", [" padded ", "x"]),
        (["", " ", "NA"], "null", [None, None, None]),
        ([], "null", []),
    ],
)
def test_a_column_takes_the_narrowest_type_that_loses_nothing(cells, kind, values):
    assert read(cells) == (kind, values)


@given(st.lists(INTEGERS, min_size=1))
def test_whole_numbers_come_back_as_they_were(values):
    assert read([str(value) for value in values]) == ("int64", values)


@given(st.lists(st.floats(allow_nan=False), min_size=1))
def test_numbers_come_back_to_the_last_bit(values):
    kind, found = read([*map(repr, values), "0.5"])
    assert kind == "double"
    assert found == [*values, 0.5]


@given(st.lists(st.text(alphabet=st.characters(codec="utf-8"), max_size=8), max_size=20))
def test_any_text_can_be_read_and_no_text_is_changed(cells):
    kind, found = read(cells)
    assert len(found) == len(cells)
    if kind == "string":
        assert all(now in (None, before) for now, before in zip(found, cells, strict=True))
