import math

import pytest

from everloop.records.signature import Column, Signature
from everloop.serving.proxy.forms.form import Unreadable
from everloop.serving.proxy.rows import RowReader

SIGNATURE = Signature(
    task="regression",
    target="y",
    columns=(
        Column(name="age", kind="number", nullable=True),
        Column(name="member", kind="boolean", nullable=True),
        Column(name="city", kind="category", nullable=True, categories=("Oslo",)),
    ),
    ignored=("note",),
)


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ([36, True, "Oslo"], {"age": 36, "member": True, "city": "Oslo"}),
        ({"age": "36.5", "member": "true"}, {"age": 36.5, "member": True}),
        ({"age": True, "member": 0, "city": 7}, {"age": 1.0, "member": False, "city": 7}),
        ({"age": None, "stranger": 1, "note": "kept"}, {"age": None, "note": "kept"}),
        ({"age": "unknown", "member": "maybe"}, {"age": None, "member": None}),
    ],
)
def test_a_row_is_read_by_column_in_the_kind_of_each(row, expected):
    assert RowReader(SIGNATURE).instances([row]) == [expected]


def test_a_text_that_says_no_number_but_nan_is_missing_later():
    (row,) = RowReader(SIGNATURE).instances([{"age": "nan"}])
    assert math.isnan(row["age"])


@pytest.mark.parametrize("row", [[1, 2], {"stranger": 1}, {"note": "only this"}, {}])
def test_a_row_without_inputs_is_not_read(row):
    with pytest.raises(Unreadable):
        RowReader(SIGNATURE).instances([row])
