"""A chance of error that is spent once, over however many stretches."""

import pytest

from everloop.errors import InvalidRequest
from everloop.statistics.sequential.spending import spent


def test_all_stretches_together_spend_what_there_is():
    # a telescope: 1 / (s (s + 1)) = 1 / s - 1 / (s + 1)
    assert sum(spent(0.05, s) for s in range(1, 1001)) == pytest.approx(0.05 * (1 - 1 / 1001))


def test_there_is_no_stretch_before_the_first():
    with pytest.raises(InvalidRequest, match="count from 1"):
        spent(0.05, 0)
