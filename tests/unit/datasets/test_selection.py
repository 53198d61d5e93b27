from dataclasses import replace

import pytest

from everloop.datasets.selection import select
from everloop.datasets.versions import versions
from everloop.errors import InvalidData, InvalidRequest


@pytest.fixture
def three(shelf):
    """Versions that added the numbers 0 to 2, 3 to 4, and 5 to 9."""
    for part in (range(3), range(3, 5), range(5, 10)):
        shelf.append([{"n": n} for n in part])
    with shelf.metadata.transaction() as transaction:
        return list(versions(transaction, "d"))


def chosen(shelf, history, number=3, window=None, suspect=()):
    marked = [replace(v, suspect="broken") if v.number in suspect else v for v in history]
    return select(shelf.tables, marked[number - 1], marked, window)


def numbers(selection):
    return selection.rows["n"].to_pylist()


def test_without_conditions_it_is_the_version_itself(shelf, three):
    selection = chosen(shelf, three)
    assert numbers(selection) == list(range(10))
    assert selection.digest == three[2].digest
    assert (selection.left_out, selection.note) == ((), "")


@pytest.mark.parametrize(
    ("suspect", "expected"),
    [((1,), range(3, 10)), ((2,), [0, 1, 2, *range(5, 10)]), ((3,), range(5)), ((1, 3), [3, 4])],
)
def test_what_a_suspect_version_added_is_left_out(shelf, three, suspect, expected):
    selection = chosen(shelf, three, suspect=suspect)
    assert numbers(selection) == list(expected)
    assert selection.left_out == suspect
    assert "d@" in selection.note


def test_a_later_version_that_is_suspect_changes_nothing(shelf, three):
    selection = chosen(shelf, three, number=2, suspect=(3,))
    assert numbers(selection) == list(range(5))
    assert selection.digest == three[1].digest


def test_a_window_holds_the_newest_sound_rows(shelf, three):
    assert numbers(chosen(shelf, three, window=4)) == [6, 7, 8, 9]
    assert numbers(chosen(shelf, three, window=4, suspect=(3,))) == [1, 2, 3, 4]


def test_a_window_that_holds_more_than_there_is_holds_all(shelf, three):
    assert chosen(shelf, three, window=10).digest == chosen(shelf, three, window=99).digest == three[2].digest


def test_equal_rows_have_an_equal_digest_wherever_they_come_from(shelf, three):
    assert chosen(shelf, three, suspect=(3,)).digest == three[1].digest
    assert chosen(shelf, three, window=7).digest == chosen(shelf, three, suspect=(1,)).digest
    shelf.append([{"n": n} for n in (8, 9)], dataset="other")
    with shelf.metadata.transaction() as transaction:
        other = versions(transaction, "other")[0]
    assert chosen(shelf, three, window=2).digest == other.digest


def test_where_every_row_is_suspect_there_is_nothing_to_learn(shelf, three):
    with pytest.raises(InvalidData, match="suspect"):
        chosen(shelf, three, suspect=(1, 2, 3))


def test_an_empty_window_is_refused(shelf, three):
    with pytest.raises(InvalidRequest, match="0 rows"):
        chosen(shelf, three, window=0)
