import pyarrow as pa
import pytest

from everloop.datasets.captured import as_dataset_rows
from everloop.errors import SchemaMismatch
from everloop.records.dataset import Field

AGE = Field(name="age", type="integer")
TAME = Field(name="tame", type="boolean")
COLOUR = Field(name="colour", type="text", categories=("blue", "red"))
BORN = Field(name="born", type="date")
SPECIES = Field(name="species", type="text", categories=("cat", "dog"))


def rows_of(captured, truth, *fields, target="species"):
    table = pa.table(captured)
    return as_dataset_rows(table, pa.chunked_array([pa.array(truth)]), fields, target)


def test_inputs_stand_under_their_own_names_and_types_with_their_truth():
    captured = {
        "id": ["p1", "p2"],
        "number.age": [3.0, None],
        "boolean.tame": [True, False],
        "category.colour": ["red", "blue"],
        "ignored.born": ["2020-02-03", None],
        "number.elsewhere": [1.0, 2.0],
    }
    found = rows_of(captured, ["cat", "dog"], BORN, AGE, SPECIES, TAME, COLOUR)
    assert found.rows.column_names == ["born", "age", "species", "tame", "colour"]
    assert found.rows.select(["age", "species", "tame", "colour"]).to_pylist() == [
        {"age": 3, "species": "cat", "tame": True, "colour": "red"},
        {"age": None, "species": "dog", "tame": False, "colour": "blue"},
    ]
    assert found.rows.schema.field("age").type == pa.int64()
    assert str(found.rows["born"][0]) == "2020-02-03"
    assert found.refused == ()


def test_a_column_that_no_request_sent_is_empty():
    found = rows_of({"number.age": [3.0]}, ["cat"], AGE, COLOUR, SPECIES)
    assert found.rows.to_pylist() == [{"age": 3, "colour": None, "species": "cat"}]


def test_a_column_that_may_not_be_empty_must_have_been_sent():
    with pytest.raises(SchemaMismatch, match="'owner' may not be empty"):
        rows_of(
            {"number.age": [3.0]}, ["cat"], AGE, Field(name="owner", type="text", nullable=False), SPECIES
        )


def test_requests_that_sent_none_of_the_columns_are_another_datasets():
    with pytest.raises(SchemaMismatch, match="none of the dataset's columns"):
        rows_of({"number.warmth": [3.0]}, ["cat"], AGE, SPECIES)


@pytest.mark.parametrize(
    ("truth", "classes", "kept"),
    [
        (["cat", "fox", "dog", "fox"], ("cat", "dog"), [True, False, True, False]),
        ([3, 100, 4], (3, 4), [True, False, True]),
        ([3.0, 4.0], (3, 4), [True, True]),
        (["1", "0", "yes"], (0, 1), [True, True, False]),
        ([True, False], (True, False), [True, True]),
        (["cat", "fox"], (), [True, True]),  # a regression, or nobody knows
    ],
)
def test_a_truth_that_is_no_class_so_far_is_left_out_and_told(truth, classes, kept):
    types = {str: "text", bool: "boolean", int: "number", float: "number"}
    species = Field(name="species", type=types[type(truth[0])])
    table = pa.table({"number.age": [1.0] * len(truth)})
    answers = pa.chunked_array([pa.array(truth)])
    found = as_dataset_rows(table, answers, (AGE, species), "species", classes=classes)
    assert found.taken.tolist() == kept
    assert bool(found.refused) == (not all(kept))
    assert not found.refused or "no class so far" in found.refused[0]


def test_new_categories_are_let_in():
    found = rows_of({"category.colour": ["green"]}, ["fox"], COLOUR, SPECIES)
    assert found.rows.to_pylist() == [{"colour": "green", "species": "fox"}]


def test_an_input_counts_whatever_kind_an_older_model_took_it_for():
    captured = {
        "number.age": [3.0, None, None],
        "category.age": [None, "4", None],
        "ignored.age": [None, None, "5"],
    }
    found = rows_of(captured, ["cat"] * 3, AGE, SPECIES)
    assert found.rows["age"].to_pylist() == [3, 4, 5]


def test_a_row_with_a_value_that_does_not_fit_is_left_out_and_told():
    captured = {"number.age": [3.0, 3.5, 4.0, 4.5], "category.colour": ["red"] * 4}
    found = rows_of(captured, ["cat", "dog", "dog", "cat"], AGE, COLOUR, SPECIES)
    assert found.rows["age"].to_pylist() == [3, 4]
    assert found.taken.tolist() == [True, False, True, False]
    assert found.refused == ("2 of 4 rows are left out: column 'age' is integer, and one has '3.5'",)


def test_a_truth_that_does_not_fit_leaves_its_row_out():
    found = rows_of(
        {"number.age": [1.0, 2.0]},
        ["12.5", "unknown"],
        AGE,
        Field(name="rented", type="number"),
        target="rented",
    )
    assert found.rows.to_pylist() == [{"age": 1, "rented": 12.5}]
    assert "'unknown'" in found.refused[0]


def test_an_empty_cell_where_none_may_be_leaves_its_row_out():
    found = rows_of(
        {"number.age": [1.0, None]},
        ["cat", "dog"],
        Field(name="age", type="integer", nullable=False),
        SPECIES,
    )
    assert found.rows["age"].to_pylist() == [1]
    assert found.refused == ("1 of 2 rows are left out: column 'age' may not be empty",)


def test_the_truth_is_never_taken_from_what_was_sent():
    found = rows_of({"number.age": [1.0], "ignored.species": ["dog"]}, ["cat"], AGE, SPECIES)
    assert found.rows["species"].to_pylist() == ["cat"]
