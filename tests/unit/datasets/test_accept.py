from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from sklearn.datasets import load_breast_cancer

from everloop.datasets.accept import to_arrow, to_instances
from everloop.errors import InvalidData

MOMENT = datetime(2026, 3, 1, 12, 30, tzinfo=UTC)
ROWS = [
    {"n": 1, "x": 0.5, "ok": True, "text": "a", "day": date(2026, 3, 1), "at": MOMENT},
    {"n": None, "x": None, "ok": None, "text": None, "day": None, "at": None},
    {"n": 3, "x": -1.5, "ok": False, "text": "b", "day": date(2026, 3, 3), "at": MOMENT},
]
ARROW = pa.table(
    {
        "n": pa.array([1, None, 3], pa.int64()),
        "x": pa.array([0.5, None, -1.5], pa.float64()),
        "ok": pa.array([True, None, False]),
        "text": pa.array(["a", None, "b"]),
        "day": pa.array([date(2026, 3, 1), None, date(2026, 3, 3)], pa.date32()),
        "at": pa.array([MOMENT, None, MOMENT], pa.timestamp("us", "UTC")),
    }
)


def from_pandas():
    frame = pd.DataFrame(ROWS).astype({"n": "Int64", "ok": "boolean", "text": "category"})
    return frame.assign(at=pd.to_datetime(frame["at"], utc=True))


@pytest.mark.parametrize(
    "rows",
    [
        ARROW,
        ARROW.to_batches()[0],
        pa.RecordBatchReader.from_batches(ARROW.schema, ARROW.to_batches()),
        ROWS,
        from_pandas(),
        pl.DataFrame(ROWS),
        pl.DataFrame(ROWS, schema_overrides={"text": pl.Categorical, "n": pl.Int32}),
    ],
    ids=["table", "batch", "reader", "mappings", "pandas", "polars", "polars-categorical"],
)
def test_whatever_holds_rows_gives_the_same_table(rows):
    assert to_arrow(rows).equals(ARROW)


def test_a_parquet_file_gives_the_same_table(tmp_path):
    pq.write_table(ARROW, tmp_path / "rows.parquet")
    assert to_arrow(tmp_path / "rows.parquet").equals(ARROW)
    assert to_arrow(str(tmp_path / "rows.parquet")).equals(ARROW)


def test_a_csv_file_gives_the_same_table(tmp_path):
    path = tmp_path / "rows.csv"
    path.write_text(
        "n,x,ok,text,day,at\n1,0.5,true,a,2026-03-01,2026-03-01T12:30:00Z\n,,,,,\n"
        "3,-1.5,false,b,2026-03-03,2026-03-01T12:30:00Z\n"
    )
    assert to_arrow(path).equals(ARROW)


def test_a_real_frame_keeps_every_value():
    frame = load_breast_cancer(as_frame=True).frame
    table = to_arrow(frame)
    assert table.column_names == list(frame.columns)
    assert np.array_equal(table["mean area"].to_numpy(), frame["mean area"].to_numpy())


def test_nan_is_missing_wherever_it_comes_from():
    table = to_arrow(pa.table({"x": [1.0, float("nan"), None]}))
    assert table["x"].to_pylist() == [1.0, None, None]
    assert to_arrow(pd.DataFrame({"x": [1.0, np.nan]}))["x"].null_count == 1


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        (pa.array([1], pa.uint8()), pa.int64()),
        (pa.array([0.5], pa.float32()), pa.float64()),
        (pa.array([0.5], pa.float16()), pa.float64()),
        (pa.array([Decimal("1.50")]), pa.float64()),
        (pa.array(["a"], pa.large_string()), pa.string()),
        (pa.array(["a"]).dictionary_encode(), pa.string()),
        (pa.array([1]).dictionary_encode(), pa.int64()),
        (pa.array([None]), pa.string()),
        (pa.array([MOMENT], pa.timestamp("ns", "Europe/Vienna")), pa.timestamp("us", "UTC")),
        (pa.array([0], pa.date64()), pa.date32()),
    ],
)
def test_each_type_becomes_one_of_the_six(given, kept):
    assert to_arrow(pa.table({"c": given})).schema.types == [kept]


def test_a_time_without_a_zone_is_taken_as_utc():
    table = to_arrow(pa.table({"at": [MOMENT.replace(tzinfo=None)]}))
    assert table["at"].to_pylist() == [MOMENT]


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (pd.DataFrame({"c": [1, 2, "x"]}), "row 1 to 2 hold int, row 3 str ('x')"),
        (pd.DataFrame({("a", "b"): [1]}), "column name ('a', 'b') is a tuple"),
        (pa.table({"c": pa.array([1], pa.duration("s"))}), "Column 'c' has type duration[s]"),
        (pa.table({"c": [[1]]}), "Column 'c' has type list"),
        (pa.table({"c": pa.array([2**63], pa.uint64())}), "Column 'c'"),
        (pa.table([[1], [2]], names=["a", "a"]), "Two columns are named 'a'"),
        (pa.table([[1], [2]], names=["a", " "]), "Column 2 has no name"),
        ([{"a": 1}, {"a": "x"}], "Column 'a'"),
        (pa.table({}), "no columns"),
        (17, "int holds no rows"),
        ("nowhere.csv", "There is no file nowhere.csv"),
    ],
)
def test_what_holds_no_rows_is_refused_on_one_line(rows, said):
    with pytest.raises(InvalidData) as refusal:
        to_arrow(rows)
    assert said in str(refusal.value)
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize(("name", "said"), [("a.xlsx", "of no kind"), ("a.parquet", "is no Parquet file")])
def test_a_file_of_another_kind_is_refused(tmp_path: Path, name, said):
    (tmp_path / name).write_bytes(b"PK\x03\x04")
    with pytest.raises(InvalidData, match=said):
        to_arrow(tmp_path / name)


def test_instances_are_plain_json_values():
    assert to_instances(ARROW)[:2] == [
        {"n": 1, "x": 0.5, "ok": True, "text": "a", "day": "2026-03-01", "at": "2026-03-01T12:30:00+00:00"},
        dict.fromkeys(ARROW.column_names),
    ]


def test_mappings_pass_as_they_are_for_the_endpoint_to_judge():
    rows = [{"n": 1, "nested": {"a": []}}, {"m": "x"}]
    assert to_instances(rows) == rows
