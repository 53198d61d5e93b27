import numpy as np
import pytest

from everloop.errors import InvalidRequest
from everloop.replay.pace import AsRecorded, Steady


def test_a_steady_pace_has_one_gap():
    assert [Steady(4).gap(row) for row in range(3)] == [0, 0.25, 0.25]


def test_the_pasts_own_pace_is_its_gaps_so_many_times_as_fast():
    pace = AsRecorded(np.array([100.0, 160.0, 160.0, 460.0]), speed=60)
    assert [pace.gap(row) for row in range(4)] == [0, 1, 0, 5]


@pytest.mark.parametrize("wrong", [lambda: Steady(0), lambda: AsRecorded(np.zeros(1), speed=-1)])
def test_a_pace_that_never_comes_to_an_end_is_refused(wrong):
    with pytest.raises(InvalidRequest, match="above 0"):
        wrong()
