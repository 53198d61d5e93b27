from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from everloop.datasets.held_back import held_back_from

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
BEFORE = NOON - timedelta(days=1)


def served(*minutes: float) -> "pa.ChunkedArray":
    moments = [NOON + timedelta(minutes=m) for m in minutes]
    return pa.chunked_array([pa.array(moments, pa.timestamp("us", "UTC"))])


@pytest.mark.parametrize(
    ("minutes", "share", "expected"),
    [
        (range(10), 0.3, 7),  # 3 of 10
        (range(10), 0.05, 9),  # one rather than none
        (range(10), 0.9, 1),
        ([0, 0, 0, 0, 5, 5], 0.3, 5),  # moments stay together
        ([0, 5, 5, 5, 5, 5], 0.3, 5),  # even if too many are held back
        ([0, 1, 1, 1, 1, 1, 1, 1, 1, 2], 0.3, 2),  # one is nearer to three than nine
    ],
)
def test_the_latest_share_is_held_back(minutes, share, expected):
    assert held_back_from(served(*minutes), share, BEFORE) == NOON + timedelta(minutes=expected)


@pytest.mark.parametrize("minutes", [[], [3], [3, 3, 3]])
def test_of_a_single_moment_nothing_is_held_back(minutes):
    assert held_back_from(served(*minutes), 0.3, BEFORE) is None


def test_what_was_served_before_the_dataset_ends_cannot_be_held_back():
    assert held_back_from(served(*range(10)), 0.3, NOON + timedelta(minutes=9)) is None
    assert held_back_from(served(*range(10)), 0.5, NOON + timedelta(minutes=7)) == NOON + timedelta(minutes=8)


@given(st.lists(st.integers(0, 40), min_size=1, max_size=60), st.floats(0.05, 0.9), st.integers(-5, 45))
def test_something_is_folded_and_what_is_held_back_lies_after_the_end(minutes, share, after):
    end = NOON + timedelta(minutes=after)
    moment = held_back_from(served(*minutes), share, end)
    if moment is not None:
        assert moment > end
        assert moment > NOON + timedelta(minutes=min(minutes))
        assert moment <= NOON + timedelta(minutes=max(minutes))
