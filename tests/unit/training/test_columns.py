from datetime import date, datetime

import pyarrow as pa
import pytest

from everloop.errors import RecipeRefused, TrainingFailed
from everloop.records.signature import Column
from everloop.training.columns import choose_columns, with_missing_of

ROWS = 40


@pytest.fixture
def table() -> pa.Table:
    return pa.table(
        {
            "id": [f"customer {i}" for i in range(ROWS)],
            "age": pa.array(range(ROWS), pa.int32()),
            "price": [float(i) if i % 5 else None for i in range(ROWS)],
            "member": [i % 2 == 0 for i in range(ROWS)],
            "colour": [("red", "blue", None)[i % 3] for i in range(ROWS)],
            "joined": [date(2026, 1, 1)] * ROWS,
            "seen": [datetime(2026, 1, 1)] * ROWS,
            "nothing": pa.array([None] * ROWS, pa.float64()),
            "y": [i % 2 for i in range(ROWS)],
        }
    )


def test_numbers_booleans_and_categories_are_read_and_the_rest_is_named(recipe, table):
    choice = choose_columns(recipe(), table)
    assert choice.columns == (
        Column(name="age", kind="number", nullable=True),
        Column(name="price", kind="number", nullable=True),
        Column(name="member", kind="boolean", nullable=True),
        Column(name="colour", kind="category", nullable=True, categories=("blue", "red")),
    )
    assert choice.ignored == ("id", "joined", "seen", "nothing", "y")
    told = " ".join(choice.notes)
    assert "'id' is left out: nearly all of its texts differ (40 of 40)" in told
    assert "'joined' is left out: it holds date32" in told
    assert "'nothing' is left out: it has no values" in told
    assert "'y'" not in told


def test_only_what_was_missing_may_be_missing(recipe, table):
    columns = with_missing_of(choose_columns(recipe(), table).columns, table)
    assert {c.name: c.nullable for c in columns} == {
        "age": False,
        "price": True,
        "member": False,
        "colour": True,
    }


def test_named_features_are_read_in_the_tables_order_also_identifiers(recipe, table):
    choice = choose_columns(recipe(features=("price", "id")), table)
    assert [c.name for c in choice.columns] == ["id", "price"]
    assert len(choice.columns[0].categories) == ROWS


def test_excluded_columns_and_the_order_are_not_read(recipe, table):
    choice = choose_columns(recipe(exclude=("price",), order_by="age"), table)
    assert [c.name for c in choice.columns] == ["member", "colour"]
    assert any("'age' is left out: the rows are ordered by it" in note for note in choice.notes)


def test_a_pipelines_own_choice_counts_where_the_recipe_makes_none(recipe, table):
    assert [c.name for c in choose_columns(recipe(), table, wanted=("colour",)).columns] == ["colour"]
    assert [c.name for c in choose_columns(recipe(features=("age",)), table, wanted=("colour",)).columns] == [
        "age"
    ]


def test_as_texts_a_missing_category_is_the_empty_text(recipe, table):
    (colour,) = choose_columns(recipe(features=("colour",)), table, as_text=True).columns
    assert colour.missing == ""


def test_a_text_of_too_many_values_is_left_out_with_the_count(recipe):
    many = pa.table({"t": [str(i % 1001) for i in range(4004)], "a": [1] * 4004, "y": [0] * 4004})
    choice = choose_columns(recipe(), many)
    assert [c.name for c in choice.columns] == ["a"]
    assert choice.notes == ("'t' is left out: it has 1,001 different texts, more than 1,000.",)


def test_a_handful_of_different_texts_is_no_identifier(recipe):
    few = pa.table({"t": ["a", "b", "c"], "y": [0, 1, 0]})
    assert choose_columns(recipe(), few).columns[0].categories == ("a", "b", "c")


def test_large_whole_numbers_are_warned_about(recipe):
    table = pa.table({"big": [0, -(2**24) - 1], "fits": [0, 2**24], "y": [0, 1]})
    (note,) = choose_columns(recipe(), table).notes
    assert "'big' has whole numbers beyond 16,777,216" in note


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"features": ("agee",)}, "features name 'agee'.* It has: id, age"),
        ({"exclude": ("agee",)}, "exclude name 'agee'"),
        ({"features": ("joined",)}, "'joined' holds date32"),
    ],
)
def test_columns_that_cannot_be_read_are_refused(recipe, table, settings, told):
    with pytest.raises(RecipeRefused, match=told):
        choose_columns(recipe(**settings), table)


def test_a_table_without_a_usable_column_says_why(recipe, table):
    with pytest.raises(TrainingFailed, match=r"No column is left to learn from\. 'id' is left out"):
        choose_columns(recipe(), table.select(["id", "joined", "y"]))
