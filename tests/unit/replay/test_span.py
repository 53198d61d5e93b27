import pytest

from everloop.errors import InvalidRequest
from everloop.replay.span import Span


@pytest.mark.parametrize(
    ("span", "expected"),
    [
        (Span(), [1, 1, 1, 1, 1]),
        (Span(start=2), [0, 0, 1, 1, 1]),
        (Span(start=1, stop=3), [0, 1, 1, 0, 0]),
        (Span(ramp=4), [0.25, 0.5, 0.75, 1, 1]),
        (Span(start=1, stop=4, ramp=2), [0, 0.5, 1, 1, 0]),
    ],
)
def test_it_holds_from_its_first_row_to_before_its_last_and_grows_over_its_ramp(dice, span, expected):
    assert span.strength(dice(5)).tolist() == expected


def test_rows_are_counted_over_the_whole_replay(dice):
    assert Span(start=12, ramp=2).strength(dice(4, first=10)).tolist() == [0, 0, 0.5, 1]


@pytest.mark.parametrize("span", [Span(start=-1), Span(start=5, stop=5), Span(ramp=-1)])
def test_a_span_that_is_none_is_refused(dice, span):
    with pytest.raises(InvalidRequest, match="rows are counted from 0"):
        span.strength(dice(1))
