import pyarrow as pa
import pytest
from sklearn.datasets import load_iris

from everloop.datasets.accept import to_arrow
from everloop.datasets.schema import infer_fields, with_new_categories
from everloop.records.dataset import Field


def categories(values):
    return infer_fields(pa.table({"c": pa.array(values, pa.string())}))[0].categories


def test_the_types_of_a_real_table_are_read():
    frame = load_iris(as_frame=True).frame
    fields = infer_fields(to_arrow(frame))
    assert [f.type for f in fields] == ["number"] * 4 + ["integer"]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (["b"] * 10 + ["a"] * 10, ("a", "b")),
        (["b"] * 10 + ["a"] * 9, ()),  # 19 rows say too little
        ([str(n) for n in range(1000)], ()),  # an identifier
        (
            ["a", "b"] * 100 + ["c"] * 1 + ["d"] * 1,
            ("a", "b", "c", "d"),
        ),  # 2 of 202 occur once: just under 1 %
        (["a", "b"] * 50 + ["c"] * 1 + ["d"] * 1, ()),  # 2 of 102: too many
        ([str(n) for n in range(1001)] * 2, ()),  # too many to list
        ([str(n) for n in range(1000)] * 2, tuple(sorted(str(n) for n in range(1000)))),
        (["a"] * 20 + [None] * 500, ("a",)),
        ([None] * 30, ()),
    ],
)
def test_texts_that_will_hardly_be_followed_by_a_new_one_are_categories(values, expected):
    assert categories(values) == expected


def test_every_field_may_hold_nulls_even_if_the_first_rows_miss_nothing():
    assert infer_fields(pa.table({"n": [1, 2]}))[0].nullable


def test_new_categories_widen_only_what_has_categories():
    fields = (Field(name="c", type="text", categories=("a", "c")), Field(name="t", type="text"))
    rows = pa.table({"c": ["b", None, "a"], "t": ["x", "y", "z"]})
    widened = with_new_categories(fields, rows)
    assert [f.categories for f in widened] == [("a", "b", "c"), ()]
