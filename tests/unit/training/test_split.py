import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from everloop.training.split import last_rows_split, random_split

SHARES = st.floats(0.01, 0.9)


@given(st.lists(st.integers(0, 3), min_size=2, max_size=200), SHARES, st.integers(0, 2**32 - 1))
def test_every_row_fits_or_scores_and_the_fit_knows_every_class(classes, share, seed):
    strata = np.array(classes)
    to_fit, to_score = random_split(strata, len(strata), share, seed)
    assert sorted([*to_fit, *to_score]) == list(range(len(strata)))
    assert set(strata[to_fit]) == set(classes)
    assert list(to_fit) == sorted(to_fit)


@given(st.integers(2, 500), SHARES, st.integers(0, 100))
def test_each_class_gives_its_share_to_within_a_row(count, share, seed):
    strata = np.repeat([0, 1], count)
    _, to_score = random_split(strata, 2 * count, share, seed)
    for one in (0, 1):
        found = (strata[to_score] == one).sum()
        assert abs(found - count * share) <= 1


def test_the_seed_decides():
    strata = np.zeros(1000)
    assert np.array_equal(random_split(strata, 1000, 0.2, 1)[1], random_split(strata, 1000, 0.2, 1)[1])
    assert not np.array_equal(random_split(strata, 1000, 0.2, 1)[1], random_split(strata, 1000, 0.2, 2)[1])


def test_without_strata_all_rows_are_one_group():
    to_fit, to_score = random_split(None, 10, 0.3, 5)
    assert (len(to_fit), len(to_score)) == (7, 3)


def test_the_last_rows_score():
    to_fit, to_score = last_rows_split(None, 10, 0.3)
    assert to_fit.tolist() == [0, 1, 2, 3, 4, 5, 6]
    assert to_score.tolist() == [7, 8, 9]


def test_the_latest_rows_score_wherever_they_lie():
    to_fit, to_score = last_rows_split(np.array([5, 1, 4, 2, 3]), 5, 0.4)
    assert (to_fit.tolist(), to_score.tolist()) == ([1, 3, 4], [0, 2])


@pytest.mark.parametrize(("rows", "expected"), [(1, 0), (2, 1), (3, 1)])
def test_a_row_is_scored_as_soon_as_two_are_there(rows, expected):
    assert len(last_rows_split(None, rows, 0.01)[1]) == expected
    assert len(random_split(None, rows, 0.9, 0)[1]) == max(0, min(round(rows * 0.9), rows - 1))
