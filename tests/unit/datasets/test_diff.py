import pyarrow as pa
import pytest

from everloop.datasets.diff import diff


@pytest.fixture
def two(shelf):
    first = shelf.append(pa.table({"n": [1, 2] * 20, "colour": ["red", "blue"] * 20, "same": ["x"] * 40}))
    second = shelf.append(
        pa.table({"n": [9, None], "colour": ["green", "red"], "same": ["x", "x"]}), new_categories=True
    )
    return first, second


def test_rows_and_digests_are_compared(shelf, two):
    found = diff(shelf.tables, *two)
    assert (found.before, found.after, found.rows_before, found.rows_after) == (1, 2, 40, 42)
    assert found.digest_before != found.digest_after
    assert not found.same


def test_each_column_that_changed_tells_how(shelf, two):
    changes = {change.name: change for change in diff(shelf.tables, *two).columns}
    assert changes["colour"].new_categories == ("green",)
    assert (changes["n"].before.missing, changes["n"].after.missing) == (0, 1)
    assert (changes["n"].before.most, changes["n"].after.most) == ("2", "9")


def test_a_version_is_the_same_as_itself(shelf, two):
    found = diff(shelf.tables, two[1], two[1])
    assert found.same
    assert found.columns == ()
    assert found.lines() == [f"dataset d@2 -> d@2: the same rows, digest {two[1].digest[:12]}"]


def test_backwards_rows_are_removed(shelf, two):
    found = diff(shelf.tables, two[1], two[0])
    assert found.lines()[0] == "dataset d@2 -> d@1: 42 -> 40 rows (-2)"


def test_it_reads_line_by_line(shelf, two):
    lines = diff(shelf.tables, *two).lines()
    assert lines[0] == "dataset d@1 -> d@2: 40 -> 42 rows (+2)"
    assert "  n: missing 0 -> 1, distinct 2 -> 3, mean 1.5 -> 1.683, most 2 -> 9" in lines
    assert "  colour: distinct 2 -> 3, new categories green" in lines


def test_columns_of_two_datasets_can_be_compared(shelf):
    one = shelf.append(pa.table({"a": [1], "b": [1], "c": [1]}), dataset="one")
    other = shelf.append(pa.table({"a": [1], "b": ["1"], "d": [1]}), dataset="other")
    found = diff(shelf.tables, one, other)
    assert (found.columns_added, found.columns_removed, found.columns_retyped) == (("d",), ("c",), ("b",))
    assert "columns of another type: b" in found.lines()
