"""A histogram that keeps the mean."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from everloop.errors import InvalidRequest
from everloop.statistics.sequential.bounded_mean import BoundedMean, spread

VALUES = st.lists(st.floats(-2, 3), min_size=1, max_size=50)


@given(VALUES)
def test_the_mean_and_the_rows_are_kept(values):
    state = BoundedMean.of(values, low=-2, high=3)
    assert state.mean == pytest.approx(np.mean(values), abs=1e-9)
    assert state.rows == len(values)


@given(VALUES, VALUES)
def test_merging_is_folding_in_all_values(some, more):
    merged = BoundedMean.of(some, low=-2, high=3).merge(BoundedMean.of(more, low=-2, high=3))
    assert merged.weights == pytest.approx(BoundedMean.of(some, low=-2, high=3).with_values(more).weights)


def test_a_value_between_two_points_is_split_by_its_distance():
    assert spread([0.25], 0, 1, 3).tolist() == [0.5, 0.5, 0.0]


@pytest.mark.parametrize("value", [-0.1, 1.1, float("nan"), float("inf")])
def test_a_value_out_of_bounds_is_refused(value):
    with pytest.raises(InvalidRequest, match="lies outside 0 to 1"):
        BoundedMean.of([0.5, value], low=0, high=1)


def test_other_bounds_cannot_be_merged():
    with pytest.raises(InvalidRequest, match="different bounds"):
        BoundedMean(low=0, high=1).merge(BoundedMean(low=0, high=2))


def test_nothing_has_no_mean():
    assert BoundedMean(low=0, high=1).mean is None
