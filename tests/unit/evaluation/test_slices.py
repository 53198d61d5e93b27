import numpy as np
import pyarrow as pa

from everloop.evaluation.slices import MOST_GROUPS, slices

NOTHING = pa.table({})


def sizes(found):
    return {name: int(flags.sum()) for name, flags in found.items()}


def test_each_category_is_a_group_and_missing_is_one_too():
    rows = pa.table({"category.c": ["b", "a", "b", None]})
    assert sizes(slices("c", rows, NOTHING)) == {"c = b": 2, "c = a": 1, "c is missing": 1}


def test_yes_and_no_are_groups():
    rows = pa.table({"boolean.b": [True, False, True]})
    assert sizes(slices("b", rows, NOTHING)) == {"b = true": 2, "b = false": 1}


def test_few_numbers_are_groups_of_their_own():
    rows = pa.table({"number.n": [1.0, 2.0, 1.0]})
    assert sizes(slices("n", rows, NOTHING)) == {"n = 1": 2, "n = 2": 1}


def test_many_numbers_are_cut_at_the_quartiles_of_training_which_stay_as_rows_come():
    learned = pa.table({"n": np.arange(101.0)})
    rows = pa.table(
        {
            "number.n": np.array(
                [0.0, 25.0, 26.0, 50.0, 51.0, 75.0, 76.0, 500.0, *np.full(30, 0.1) * np.arange(30)]
            )
        }
    )
    found = slices("n", rows, learned)
    assert list(found) == ["n up to 25", "n above 25 up to 50", "n above 50 up to 75", "n above 75"]
    assert list(sizes(found).values()) == [32, 2, 2, 2]


def test_every_row_is_in_one_group():
    rows = pa.table({"number.n": [*np.arange(100.0), None, None]})
    together = np.sum(list(slices("n", rows, NOTHING).values()), axis=0)
    assert together.tolist() == [1] * 102


def test_of_many_categories_the_commonest_are_groups():
    rows = pa.table({"category.c": [f"c{i % 200:03}" for i in range(300)]})
    found = slices("c", rows, NOTHING)
    assert len(found) == MOST_GROUPS + 1
    assert found["c is missing"].sum() == 300 - 2 * MOST_GROUPS


def test_a_column_that_no_row_has_has_no_groups():
    assert slices("c", pa.table({"category.c": pa.nulls(2, pa.string())}), NOTHING) == {}
    assert slices("d", pa.table({"category.c": ["a"]}), NOTHING) == {}
