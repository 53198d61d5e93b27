import math

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from everloop.bundles.encoding import encode
from everloop.errors import InvalidData, SchemaMismatch
from everloop.records.signature import Column, Signature

COLOURS = ("blue", "red")


def of(*columns: Column, layout: str = "matrix") -> Signature:
    return Signature(task="regression", target="y", columns=columns, layout=layout)  # type: ignore[arg-type]


def number(**more) -> Column:
    return Column(**{"name": "n", "kind": "number", "nullable": True, **more})


def colour(**more) -> Column:
    return Column(**{"name": "c", "kind": "category", "nullable": True, "categories": COLOURS, **more})


def column(signature: Signature, cells: object, kind: pa.DataType | None = None) -> list[float]:
    table = pa.table({signature.columns[0].name: pa.array(cells, type=kind)})
    matrix = encode(signature, table)
    assert isinstance(matrix, np.ndarray)
    assert matrix.dtype == np.float32
    assert matrix.flags.c_contiguous
    return matrix[:, 0].tolist()


@pytest.mark.parametrize(
    ("cells", "kind"),
    [
        ([1, 2], pa.int8()),
        ([1, 2], pa.uint64()),
        ([1.0, 2.0], pa.float32()),
        ([1.0, 2.0], pa.float64()),
        (["1", "2"], None),
    ],
)
def test_numbers_of_every_width_are_numbers_and_texts_are_not(cells, kind):
    if kind is None:
        with pytest.raises(SchemaMismatch, match="'n' holds string; the model takes a number"):
            column(of(number()), cells)
    else:
        assert column(of(number()), cells, kind) == [1.0, 2.0]


def test_decimals_are_numbers():
    assert column(of(number()), pa.array([1, 2]).cast(pa.decimal128(30, 2))) == [1.0, 2.0]


def test_booleans_are_0_and_1():
    flag = Column(name="f", kind="boolean", nullable=True)
    assert column(of(flag), [True, False]) == [1.0, 0.0]


@pytest.mark.parametrize("cells", [[None, 1.5], [math.nan, 1.5]])
def test_a_missing_number_is_nan_unless_the_signature_says_otherwise(cells):
    assert np.isnan(column(of(number()), cells, pa.float64())[0])
    assert column(of(number(missing=-7.0)), cells, pa.float64()) == [-7.0, 1.5]


def test_a_category_is_its_place_and_an_unseen_one_minus_1():
    assert column(of(colour()), ["red", "blue", "green", ""]) == [1.0, 0.0, -1.0, -1.0]


def test_a_missing_category_is_nan_unless_the_signature_names_another():
    assert np.isnan(column(of(colour()), [None, "red"], pa.string())[0])
    assert column(of(colour(missing="red")), [None], pa.string()) == [1.0]
    assert column(of(colour(missing="green")), [None], pa.string()) == [-1.0]


@pytest.mark.parametrize(
    "cells",
    [
        pa.array(["red", "blue"], pa.large_string()),
        pa.array(["red", "blue"], pa.string_view()),
        pa.array(["red", "blue"]).dictionary_encode(),
        pa.chunked_array([["red"], ["blue"]]),
        pa.chunked_array([pa.array(["red"]).dictionary_encode(), pa.array(["blue"]).dictionary_encode()]),
    ],
    ids=["large", "view", "dictionary", "chunked", "unlike dictionaries"],
)
def test_texts_of_every_arrow_form_are_texts(cells):
    assert encode(of(colour()), pa.table({"c": cells})).tolist() == [[1.0], [0.0]]


def test_a_number_where_a_text_belongs_is_an_error():
    with pytest.raises(SchemaMismatch, match="'c' holds int64; the model takes a text"):
        column(of(colour()), [1])


def test_a_column_with_no_values_at_all_is_missing_everywhere():
    assert np.isnan(column(of(number()), [None, None], pa.null())).all()
    assert np.isnan(column(of(colour()), [None, None], pa.null())).all()


def test_a_missing_value_where_none_may_be_names_row_and_column():
    with pytest.raises(SchemaMismatch, match="Row 2: 'n' is missing"):
        column(of(number(nullable=False)), [1.0, None], pa.float64())


def test_an_absent_column_is_named():
    with pytest.raises(SchemaMismatch, match="no column 'n'"):
        encode(of(number()), pa.table({"m": [1]}))


@pytest.mark.parametrize("value", [1e39, -math.inf])
def test_a_number_that_32_bits_do_not_hold_names_its_row(value):
    with pytest.raises(InvalidData, match="Row 3: 'n' is"):
        column(of(number()), [1.0, 2.0, value])


def test_numbers_are_rounded_to_32_bits_and_no_further():
    assert column(of(number()), [0.1, 2**24 + 1]) == [float(np.float32(0.1)), float(2**24)]


def test_columns_come_in_the_order_of_the_signature_and_others_are_left_out():
    table = pa.table({"x": [9], "c": ["red"], "n": [4]})
    assert encode(of(number(), colour()), table).tolist() == [[4.0, 1.0]]


def test_the_columns_layout_gives_texts_and_numbers_one_array_each():
    signature = of(number(), colour(missing=""), layout="columns")
    arrays = encode(signature, pa.table({"n": [1, None], "c": ["red", None]}))
    assert isinstance(arrays, dict)
    assert arrays["c"].tolist() == [["red"], [""]]
    assert arrays["c"].dtype == object
    assert arrays["n"].dtype == np.float32
    assert arrays["n"].shape == (2, 1)
    assert np.isnan(arrays["n"][1, 0])


def test_pandas_and_polars_frames_encode_as_arrow_tables_do():
    signature = of(number(), colour())
    cells = {"n": [1.5, None, 3.0], "c": ["red", None, "green"]}
    expected = encode(signature, pa.table(cells))
    np.testing.assert_array_equal(encode(signature, pd.DataFrame(cells)), expected)
    np.testing.assert_array_equal(encode(signature, pl.DataFrame(cells).to_arrow()), expected)


def test_no_rows_are_no_rows():
    assert encode(
        of(number(), colour()), pa.table({"n": pa.array([], pa.float64()), "c": pa.array([], pa.string())})
    ).shape == (0, 2)
