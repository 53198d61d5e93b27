from datetime import UTC, datetime, timedelta

import numpy as np
import pyarrow as pa
import pytest

from everloop.evidence.metrics import metric_named
from everloop.workspace.happenings import Happening
from everloop.workspace.rehearsal_picture import rehearsal_scene
from everloop.workspace.rehearsal_worth import Scores

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
ROWS = 200  # one a minute: version 1 answers the first half, three of four right; version 2 the others, all right


@pytest.fixture
def rows() -> pa.Table:
    return pa.table(
        {
            "id": [f"{n:03d}" for n in range(ROWS)],
            "served_at": pa.array([BEGIN + n * MINUTE for n in range(ROWS)], pa.timestamp("us", "UTC")),
            "model": ["m"] * ROWS,
            "version": [1 if n < 100 else 2 for n in range(ROWS)],
        }
    )


@pytest.fixture
def scores(rows) -> Scores:
    """Version 1 would have gone on with three of four."""
    alone = np.array([float(n % 4 != 0) for n in range(ROWS)])
    served = np.where(np.arange(ROWS) < 100, alone, 1.0)
    return Scores(rows, metric_named("accuracy"), served, alone)


def scene(scores, story):
    return rehearsal_scene(scores, story, title="t", first="m@1")


def happening(row: int, kind: str, champion: str = "", monitors: tuple[str, ...] = ()) -> Happening:
    """Something that happened just before a row was answered."""
    return Happening(
        sequence=row,
        at=BEGIN + row * MINUTE - timedelta(seconds=1),
        kind=kind,
        action="",
        candidate="",
        champion=champion,
        reason="it is so",
        monitors=monitors,
    )


STORY = [happening(0, "deployed", "m@1"), happening(100, "promoted", "m@2")]


def test_each_champion_has_a_line_over_its_own_answers(scores):
    first, second, _ = scene(scores, STORY).lines
    assert (first.name, second.name) == ("m@1", "m@2")
    assert sum(point.value for point in first.points) / len(first.points) == pytest.approx(0.75, abs=0.01)
    assert {point.value for point in second.points} == {1.0}
    assert all(point.low < point.value <= point.high for point in (*first.points, *second.points))
    assert max(point.x for point in first.points) < 100 < min(point.x for point in second.points)


def test_what_happened_lies_at_the_row_that_was_answered_next(scores):
    story = [*STORY, happening(150, "refused"), happening(160, "rollout begins")]
    marks = scene(scores, story).marks
    assert [(mark.x, mark.kind) for mark in marks] == [(0, "live"), (100, "promoted"), (150, "refused")]
    assert marks[2].why == "It is so."
    assert (marks[0].what, marks[2].what) == ("m@1 goes live", "Candidate refused by the gates")


def test_of_the_alerts_of_a_monitor_the_first_is_drawn(scores):
    alerts = [
        happening(10, "alert", monitors=("drift", "data")),
        happening(20, "alert", monitors=("drift",)),
        happening(30, "alert", monitors=("drift", "quality")),
    ]
    marks = scene(scores, [*STORY, *alerts]).marks
    assert [mark.what for mark in marks if mark.kind == "alert"] == [
        "Alert of drift and data",
        "Alert of quality",
    ]


def test_from_the_first_promotion_on_the_first_version_is_drawn_as_if_it_had_stayed(scores):
    *_, never = scene(scores, STORY).lines
    assert (never.name, never.role) == ("m@1, never replaced", "candidate")
    assert min(point.x for point in never.points) >= 100
    assert sum(point.value for point in never.points) / len(never.points) == pytest.approx(0.75, abs=0.01)


def test_where_nothing_was_promoted_no_line_lies_on_another(scores):
    assert [line.name for line in scene(scores, STORY[:1]).lines] == ["m@1"]


def test_errors_are_drawn_as_numbers(rows):
    off = np.where(np.arange(ROWS) % 2 == 0, 30.0, 50.0)
    drawn = scene(Scores(rows, metric_named("mae"), off, off), STORY)
    assert drawn.values == "numbers"
    assert {round(point.value) for line in drawn.lines for point in line.points} <= {39, 40, 41}


def test_answers_whose_truth_is_not_known_are_counted_along_and_draw_nothing(rows):
    unknown = np.full(ROWS, np.nan)
    drawn = scene(Scores(rows, metric_named("accuracy"), unknown, unknown), STORY)
    assert drawn.lines == []
    assert drawn.end == ROWS
