"""Where numbers lie in a picture."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from everloop.evaluation.picture.drawn import Line, Point, Scene
from everloop.evaluation.picture.frame import apart, frame_of


def scene(low, end=1000.0):
    points = [Point(x=1, value=0.9, low=low, high=1.0)]
    lines = [Line(name="a", role="champion", points=points)]
    return Scene(title="", subtitle="", across="", end=end, lines=lines, marks=[])


@pytest.mark.parametrize(("low", "floor"), [(0.0, 0.0), (0.44, 0.4), (0.4, 0.4), (0.99, 0.9)])
def test_the_axis_reaches_down_to_the_tenth_below_the_lowest_interval(low, floor):
    assert frame_of(scene(low)).floor == pytest.approx(floor)


def test_one_is_at_the_top_and_the_floor_at_the_bottom():
    frame = frame_of(scene(0.5))
    assert frame.y(1.0) < frame.y(0.5) == frame.bottom


@pytest.mark.parametrize("most", [0.003, 0.7, 46.0, 105.0, 12_345.0])
def test_an_axis_of_numbers_reaches_from_nothing_over_the_highest_interval(most):
    points = [Point(x=1, value=most / 2, low=most / 4, high=most)]
    lines = [Line(name="a", role="champion", points=points)]
    frame = frame_of(Scene(title="", subtitle="", across="", end=10, lines=lines, marks=[], values="numbers"))
    rows = frame.rows()
    assert frame.floor == 0.0
    assert most <= frame.top == rows[0]
    assert rows[-1] == pytest.approx(0.0, abs=1e-6)
    assert 3 <= len(rows) <= 8


@pytest.mark.parametrize("end", [1, 37, 400, 1497, 123_456])
def test_ticks_are_few_and_even(end):
    ticks = frame_of(scene(0.5, float(end))).columns()
    assert 3 <= len(ticks) <= 10
    assert len({round(b - a, 6) for a, b in pairwise(ticks)}) == 1


@given(st.lists(st.floats(0, 1000), max_size=12), st.floats(1, 40))
def test_neighbours_are_moved_apart_and_keep_their_order(places, least):
    places = sorted(places)
    found = apart(places, least)
    assert len(found) == len(places)
    assert all(b - a >= least - 1e-6 for a, b in pairwise(found))


@given(st.lists(st.integers(0, 50), max_size=12, unique=True))
def test_places_that_lie_far_enough_apart_stay(numbers):
    places = [30.0 * n for n in sorted(numbers)]
    assert apart(places, 26.0) == pytest.approx(places)
