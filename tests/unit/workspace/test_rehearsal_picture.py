from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pytest

from everloop.workspace.happenings import Happening
from everloop.workspace.rehearsal_picture import rehearsal_scene

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
            "output": ["b" if n < 100 and n % 4 == 0 else "a" for n in range(ROWS)],
            "truth": ["a"] * ROWS,
            "mature": [True] * ROWS,
        }
    )


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


def test_each_champion_has_a_line_over_its_own_answers(rows):
    first, second = rehearsal_scene(rows, STORY, title="t").lines
    assert (first.name, second.name) == ("m@1", "m@2")
    assert sum(point.value for point in first.points) / len(first.points) == pytest.approx(0.75, abs=0.01)
    assert {point.value for point in second.points} == {1.0}
    assert all(point.low < point.value <= point.high for point in (*first.points, *second.points))
    assert max(point.x for point in first.points) < 100 < min(point.x for point in second.points)


def test_what_happened_lies_at_the_row_that_was_answered_next(rows):
    story = [*STORY, happening(150, "refused"), happening(160, "rollout begins")]
    marks = rehearsal_scene(rows, story, title="t").marks
    assert [(mark.x, mark.kind) for mark in marks] == [(0, "live"), (100, "promoted"), (150, "refused")]
    assert marks[2].why == "It is so."


def test_of_the_alerts_of_a_monitor_the_first_is_drawn(rows):
    alerts = [
        happening(10, "alert", monitors=("drift", "data")),
        happening(20, "alert", monitors=("drift",)),
        happening(30, "alert", monitors=("drift", "quality")),
    ]
    marks = rehearsal_scene(rows, [*STORY, *alerts], title="t").marks
    assert [mark.what for mark in marks if mark.kind == "alert"] == [
        "Alert of drift and data",
        "Alert of quality",
    ]


def test_answers_whose_truth_is_not_known_are_counted_along_and_draw_nothing(rows):
    unknown = rows.set_column(rows.schema.get_field_index("truth"), "truth", pa.nulls(ROWS, pa.string()))
    scene = rehearsal_scene(unknown, STORY, title="t")
    assert scene.lines == []
    assert scene.end == ROWS
