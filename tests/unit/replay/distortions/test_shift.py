import pyarrow as pa
import pytest

from everloop.errors import InvalidRequest
from everloop.replay.distortions.shift import Shift

ROWS = pa.table({"a": [1, 2, 3], "b": [0.5, None, 1.5], "c": ["x", "y", "z"]})


def test_it_adds_to_all_numbers_and_leaves_what_is_missing(dice):
    shifted = Shift(by=2).apply(ROWS, dice(3))
    assert shifted.to_pydict() == {"a": [3.0, 4.0, 5.0], "b": [2.5, None, 3.5], "c": ["x", "y", "z"]}


def test_it_adds_to_named_columns_from_its_row_on(dice):
    shifted = Shift(by=-1, columns="a", start=1).apply(ROWS, dice(3))
    assert shifted.to_pydict() == {"a": [1.0, 1.0, 2.0], "b": [0.5, None, 1.5], "c": ["x", "y", "z"]}


def test_it_stays_between_its_ends_where_it_holds_and_only_there(dice):
    assert Shift(by=10, columns="a", high=5, start=2).apply(ROWS, dice(3))["a"].to_pylist() == [1, 2, 5]


def test_rows_differ_by_their_spread_and_columns_of_a_row_do_not(dice):
    rows = pa.table({"p": [0.0] * 500, "q": [0.0] * 500})
    shifted = Shift(by=3, spread=1).apply(rows, dice(500))
    assert shifted["p"] == shifted["q"]
    values = shifted["p"].to_pylist()
    assert min(values) >= 2
    assert max(values) < 4
    assert sum(values) / 500 == pytest.approx(3, abs=0.13)  # five standard errors of a uniform from 2 to 4


@pytest.mark.parametrize(("columns", "told"), [("c", "'c' holds no numbers"), ("d*", "no column 'd*' holds")])
def test_a_column_that_does_not_fit_is_named(dice, columns, told):
    with pytest.raises(InvalidRequest) as refused:
        Shift(by=1, columns=columns).apply(ROWS, dice(3))
    assert told in str(refused.value)
    assert "The columns are a, b, c." in str(refused.value)
