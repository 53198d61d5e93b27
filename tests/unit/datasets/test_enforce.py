from datetime import UTC, date, datetime

import pyarrow as pa
import pytest

from everloop.datasets.accept import to_arrow
from everloop.datasets.enforce import enforce
from everloop.errors import SchemaMismatch
from everloop.records.dataset import Field

FIELDS = (
    Field(name="tenure", type="integer"),
    Field(name="Contract", type="text", categories=("One year", "Two year")),
)


def field(kind, **more):
    return (Field(name="c", type=kind, **more),)


def refusal(rows, fields=FIELDS, **more):
    with pytest.raises(SchemaMismatch) as caught:
        enforce(rows, fields, **more)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_rows_that_fit_come_back_in_the_order_of_the_fields():
    fitting = enforce(pa.table({"Contract": ["One year"], "tenure": [3]}), FIELDS)
    assert fitting.equals(pa.table({"tenure": [3], "Contract": ["One year"]}))


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ({"tenure": [1], "Contrct": ["One year"]}, "no column 'Contrct'. Did you mean 'Contract'?"),
        (
            {"tenure": [1], "Contract": ["One year"], "zip": [1]},
            "no column 'zip'. Drop it; the columns are tenure",
        ),
        ({"tenure": [1]}, "Column 'Contract' is missing. Add it"),
    ],
)
def test_a_wrong_column_is_named_with_the_remedy(rows, said):
    assert said in refusal(pa.table(rows))


def test_a_wrong_value_is_named_with_its_row():
    rows = pa.table({"tenure": [*map(str, range(4999)), "x1", "x2"], "Contract": [None] * 5001})
    assert "Column 'tenure' is integer; row 5,000 has 'x1'." in refusal(rows)


def test_an_unknown_category_is_named_with_its_row_the_nearest_and_the_remedy():
    said = refusal(pa.table({"tenure": [1, 2, 3], "Contract": ["One year", None, "Two years"]}))
    assert "Column 'Contract', row 3: 'Two years' is no known category. Did you mean 'Two year'?" in said
    assert "`--new-categories`" in said


def test_a_new_category_passes_if_it_is_allowed():
    rows = pa.table({"tenure": [1], "Contract": ["Monthly"]})
    assert enforce(rows, FIELDS, new_categories=True).equals(rows)


def test_the_line_of_the_file_is_named_where_it_is_known(tmp_path):
    path = tmp_path / "more.csv"
    path.write_text("tenure,Contract\n1,One year\nsoon,Two year\n")
    assert "row 2 (line 3 of more.csv) has 'soon'" in refusal(to_arrow(path))


def test_a_null_is_refused_only_where_the_field_says_so():
    rows = pa.table({"c": [1, None]})
    assert enforce(rows, field("integer")).equals(rows)
    assert "may not be empty; row 2 is." in refusal(rows, field("integer", nullable=False))


@pytest.mark.parametrize(
    ("kind", "given", "kept"),
    [
        ("integer", pa.array([1.0, None, 3.0]), [1, None, 3]),  # pandas makes numbers of whole ones with gaps
        ("integer", pa.array(["1", None, " 3 "]), [1, None, 3]),
        ("number", pa.array([1, None]), [1.0, None]),
        ("number", pa.array(["1", "2.5"]), [1.0, 2.5]),
        ("boolean", pa.array(["true", "False"]), [True, False]),
        ("text", pa.array([7, None]), ["7", None]),
        ("text", pa.array([date(2026, 3, 1)]), ["2026-03-01"]),
        ("text", pa.array(["a"]).dictionary_encode(), ["a"]),
        ("date", pa.array(["2026-03-01"]), [date(2026, 3, 1)]),
        ("date", pa.array([datetime(2026, 3, 1)], pa.timestamp("us")), [date(2026, 3, 1)]),
        ("timestamp", pa.array([date(2026, 3, 1)]), [datetime(2026, 3, 1, tzinfo=UTC)]),
        ("timestamp", pa.array(["2026-03-01 06:00"]), [datetime(2026, 3, 1, 6, tzinfo=UTC)]),
        ("number", pa.array([None, None]), [None, None]),
        ("text", pa.array([None, None], pa.float64()), [None, None]),
        ("integer", pa.array(["NA", ""]), [None, None]),
    ],
)
def test_what_loses_nothing_is_converted(kind, given, kept):
    assert enforce(pa.table({"c": given}), field(kind))["c"].to_pylist() == kept


@pytest.mark.parametrize(
    ("kind", "given", "row", "shown"),
    [
        ("integer", [1.0, 2.5], 2, "2.5"),
        ("integer", ["1", "007"], 2, "'007'"),
        ("integer", [None, True], 2, "True"),
        ("number", ["1.5", "a"], 2, "'a'"),
        ("boolean", [None, 1], 2, "1"),
        ("boolean", ["true", "yes"], 2, "'yes'"),
        ("text", [1.5], 1, "1.5"),
        ("text", [True], 1, "True"),
        ("date", [datetime(2026, 3, 1), datetime(2026, 3, 1, 6)], 2, "06:00"),
        ("date", ["2026-03-01", "March"], 2, "'March'"),
        ("timestamp", [1], 1, "1"),
    ],
)
def test_what_would_lose_something_is_refused(kind, given, row, shown):
    said = refusal(pa.table({"c": given}), field(kind))
    assert f"row {row} has" in said
    assert shown in said or "datetime" in said


def test_a_long_value_is_shown_in_part():
    assert len(refusal(pa.table({"c": ["x" * 10_000]}), field("integer"))) < 200
