import pyarrow as pa
import pytest

from everloop.errors import InvalidRequest
from everloop.replay.distortions.contrast import Contrast

ROWS = pa.table({"a": [0.0, 8.0, 16.0], "b": [4.0, None, 12.0]})


def test_it_draws_numbers_nearer_to_its_middle(dice):
    drawn = Contrast(factor=0.5, around=8).apply(ROWS, dice(3))
    assert drawn.to_pydict() == {"a": [4.0, 8.0, 12.0], "b": [6.0, None, 10.0]}


def test_it_stretches_them_away_up_to_the_ends_of_what_can_be_read(dice):
    stretched = Contrast(factor=2, around=8, low=0, high=16).apply(ROWS, dice(3))
    assert stretched.to_pydict() == {"a": [0.0, 8.0, 16.0], "b": [0.0, None, 16.0]}


def test_half_way_up_its_ramp_it_does_half(dice):
    drawn = Contrast(factor=0.5, around=0, ramp=2, columns="a").apply(ROWS, dice(3))
    assert drawn["a"].to_pylist() == [0.0, 4.0, 8.0]
    assert Contrast(factor=0.5, ramp=2).apply(ROWS.slice(1, 1), dice(1))["a"].to_pylist() == [8 * 0.75]


@pytest.mark.parametrize("wrong", [Contrast(factor=0), Contrast(factor=1, spread=1)])
def test_a_factor_that_is_none_is_refused(dice, wrong):
    with pytest.raises(InvalidRequest, match="above 0"):
        wrong.apply(ROWS, dice(3))
