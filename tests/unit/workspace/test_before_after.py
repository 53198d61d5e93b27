from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pytest

from everloop.workspace.before_after import turning_points
from everloop.workspace.happenings import Happening

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def ledger(*answers: tuple[int, int, bool], mature: bool = True) -> pa.Table:
    """Answers as (minute, version, right)."""
    return pa.table(
        {
            "id": [f"id-{place}" for place in range(len(answers))],
            "served_at": pa.array(
                [BEGIN + minute * MINUTE for minute, _, _ in answers], pa.timestamp("us", "UTC")
            ),
            "model": ["m"] * len(answers),
            "version": [version for _, version, _ in answers],
            "output": ["a" if right else "b" for _, _, right in answers],
            "truth": ["a"] * len(answers),
            "mature": [mature] * len(answers),
        }
    )


def happening(minute: int, kind: str, champion: str = "") -> Happening:
    return Happening(
        sequence=minute,
        at=BEGIN + minute * MINUTE,
        kind=kind,
        action="",
        candidate="",
        champion=champion,
        reason="",
    )


DEPLOYED = happening(0, "deployed", "m@1")


def test_before_a_promotion_the_old_champions_answers_count_and_after_it_the_new_ones():
    rows = ledger(
        (1, 1, False), (2, 1, True), (3, 2, True), (5, 2, True), (6, 1, False), (7, 2, True), (8, 2, False)
    )
    point = turning_points(rows, [DEPLOYED, happening(4, "promoted", "m@2")], "classification", window=10)[0]
    assert (point.before.value, point.before.rows) == (0.5, 2)
    assert (point.after.value, point.after.rows) == (2 / 3, 3)


def test_a_window_takes_the_newest_before_and_the_first_after():
    rows = ledger(*[(minute, 1, minute in (3, 5, 6)) for minute in (1, 2, 3, 5, 6, 7, 8)])
    point = turning_points(rows, [DEPLOYED, happening(4, "alert")], "classification", window=2)[0]
    assert (point.before.value, point.after.value) == (0.5, 1.0)


def test_after_ends_where_the_next_champion_begins():
    rows = ledger((1, 1, True), (3, 1, True), (5, 2, False))
    story = [DEPLOYED, happening(2, "refused"), happening(4, "promoted", "m@2")]
    refused = turning_points(rows, story, "classification", window=10)[0]
    assert (refused.after.rows, refused.after.value) == (1, 1.0)


def test_answers_whose_truth_is_not_final_do_not_count():
    rows = ledger((1, 1, True), (3, 1, True), mature=False)
    point = turning_points(rows, [DEPLOYED, happening(2, "alert")], "classification", window=10)[0]
    assert point.before is None
    assert point.after is None


def test_only_promotions_refusals_rollbacks_and_alerts_are_turning_points():
    story = [
        DEPLOYED,
        *(happening(n, kind) for n, kind in enumerate(("turns", "rollout begins", "rolled back"), 1)),
    ]
    found = turning_points(ledger((1, 1, True)), story, "classification", window=10)
    assert [point.happening.kind for point in found] == ["rolled back"]


def test_a_few_rows_before_and_after_show_no_gain_and_many_do():
    def gain(rows: int):
        answers = [(minute, 1, minute % 2 == 0) for minute in range(1, rows)]
        answers += [(rows + minute, 2, minute % 10 != 0) for minute in range(1, rows)]
        story = [DEPLOYED, happening(rows, "promoted", "m@2")]
        return turning_points(ledger(*answers), story, "classification", window=1000)[0].gain

    assert gain(400).value == pytest.approx(0.4, abs=0.01)
    assert gain(400).low > 0.3
    assert gain(4).low < 0 < gain(4).high


def test_of_errors_less_is_a_gain():
    rows = ledger(*[(minute, 1 if minute < 50 else 2, True) for minute in range(1, 100)])
    errors = [30.0 + minute % 3 if minute < 50 else 10.0 + minute % 3 for minute in range(1, 100)]
    numbers = rows.drop_columns(["output", "truth"]).append_column("output", pa.array(errors))
    numbers = numbers.append_column("truth", pa.array([0.0] * len(errors)))
    story = [DEPLOYED, happening(50, "promoted", "m@2")]
    gain = turning_points(numbers, story, "regression", window=1000)[0].gain
    assert gain.value == pytest.approx(20.0, abs=0.1)
    assert 19 < gain.low < gain.high < 21
