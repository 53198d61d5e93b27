import math
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from everloop.actions.queries.quality_history import QualityHistory
from everloop.monitoring.quality_point import QualityPoint
from everloop.web.charts.plot import ticks
from everloop.web.charts.quality import Course, Mark, quality_chart

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def point(since: float, until: float, rows: int = 50, version: int = 1, value: float = 0.8) -> QualityPoint:
    """A window between two minutes after noon."""
    return QualityPoint(
        since=NOON + timedelta(minutes=since), until=NOON + timedelta(minutes=until), rows=rows, model="churn",
        version=version, value=value, low=value - 0.05, high=value + 0.05,
    )  # fmt: skip


def test_a_window_is_as_wide_as_it_has_answers_and_a_night_takes_no_room():
    course = Course([point(0, 1, rows=100), point(600, 601, rows=300)])
    places = [course.share(NOON + timedelta(minutes=m)) for m in (0, 0.5, 1, 300, 600, 600.5, 601)]
    assert places == pytest.approx([0, 0.125, 0.25, 0.25, 0.25, 0.625, 1])


def test_what_lies_outside_stands_at_the_edge():
    course = Course([point(10, 20)])
    assert course.share(NOON) == 0.0
    assert course.share(NOON + timedelta(hours=5)) == 1.0


@given(
    st.lists(st.tuples(st.integers(0, 500), st.integers(1, 200)), min_size=1, max_size=20), st.floats(0, 1)
)
def test_times_and_shares_go_the_same_way(windows, share):
    starts = sorted(start for start, _ in windows)
    points = [point(start, start + 1, rows=rows) for start, (_, rows) in zip(starts, windows, strict=True)]
    course = Course(points)
    shares = [course.share(NOON + timedelta(minutes=m)) for m in range(0, 502, 7)]
    assert shares == sorted(shares)
    assert points[0].since <= course.moment(share) <= points[-1].until


@given(st.floats(-1e6, 1e6), st.floats(1e-6, 1e6), st.integers(2, 8))
def test_ticks_are_few_rising_and_inside(low, width, most):
    found = ticks(low, low + width, most)
    assert len(found) <= most
    assert found == sorted(set(found))
    slack = width * 1e-6 + 4 * math.ulp(max(abs(low), abs(low + width)))  # what a float can tell
    assert all(low - slack <= tick <= low + width + slack for tick in found)


def test_the_line_breaks_where_another_version_answers_and_marks_say_why():
    points = (point(0, 1), point(1, 2), point(2, 3, version=2), point(3, 4, version=2))
    history = QualityHistory(
        endpoint="churn", metric="accuracy", better="higher", points=points, candidates=()
    )
    mark = Mark(at=NOON + timedelta(minutes=2), sign="↑", tone="good", says="Promoted churn@2: it is better")
    drawn = str(quality_chart(history, [mark], "share"))
    assert drawn.count('class="line champion"') == 2
    assert (
        drawn.count("Promoted churn@2: it is better") == 2
    )  # where a pointer rests, and where a finger taps
    assert "80.0% (75.0–85.0%) on 50 answers of churn@1" in drawn


def test_one_window_alone_is_a_picture_too():
    history = QualityHistory(
        endpoint="churn",
        metric="mean absolute error",
        better="lower",
        points=(point(0, 0, rows=1),),
        candidates=(),
    )
    assert "NaN" not in str(quality_chart(history, [], "plain")).replace("NaN-free", "")
