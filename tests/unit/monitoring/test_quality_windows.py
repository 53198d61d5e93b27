"""Rows of versions, cut into windows. The oracle: right answers counted by hand."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pytest

from everloop.monitoring.quality_windows import LEAST, newest_stretch, quality_windows
from everloop.statistics.intervals import student, wilson

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def seen(version, right, *, table, start=0, variant="champion", rollout="", truth=1):
    """Rows of one version, a second apart, of which those that `right` says are right."""
    return [
        {
            "served_at": NOON + timedelta(seconds=start + n),
            "route_table": table,
            "variant": variant,
            "model": "m",
            "version": version,
            "rollout": rollout,
            "output": truth if good else 0,
            "truth": truth,
        }
        for n, good in enumerate(right)
    ]


def windows(rows, *, task="classification", points=60, role="champion"):
    return quality_windows(pa.Table.from_pylist(rows), task, points=points, role=role)


def test_a_window_counts_what_was_right_and_says_how_sure_that_is():
    rows = seen(1, [True] * 20 + [False] * 5, table=1)
    (point,) = windows(rows)
    assert (point.rows, point.value) == (25, 0.8)
    assert (point.low, point.high) == wilson(20, 25, 0.95)
    assert (point.since, point.until) == (NOON, NOON + timedelta(seconds=24))


def test_no_window_spans_two_champions():
    rows = seen(1, [True] * 60, table=1) + seen(2, [False] * 60, table=2, start=60)
    assert [(p.version, p.value) for p in windows(rows)] == [(1, 1.0), (1, 1.0), (2, 0.0), (2, 0.0)]


def test_workers_that_followed_a_moment_apart_make_no_windows_of_single_rows():
    rows = seen(1, [True] * 60, table=1) + seen(2, [True] * 60, table=2, start=30)
    rows.sort(key=lambda row: row["served_at"])
    assert [p.version for p in windows(rows)] == [1, 1, 2, 2]


def test_a_champion_that_comes_back_after_a_rollback_begins_a_new_stretch():
    rows = (
        seen(1, [True] * 30, table=1)
        + seen(2, [False] * 30, table=3, start=30)
        + seen(1, [True] * 30, table=4, start=60)
    )
    assert [(p.version, p.rows) for p in windows(rows)] == [(1, 30), (2, 30), (1, 30)]


def test_the_newest_stretch_is_all_that_the_last_champion_answered_since_it_came():
    rows = (
        seen(1, [False] * 90, table=1)
        + seen(2, [True] * 70 + [False] * 10, table=2, start=90)
        + seen(3, [False] * 9, table=3, start=120, variant="candidate")
    )
    point = newest_stretch(pa.Table.from_pylist(rows), "classification", role="champion")
    assert (point.version, point.rows, point.value) == (2, 80, 0.875)
    assert (point.low, point.high) == wilson(70, 80, 0.95)
    assert (point.since, point.until) == (NOON + timedelta(seconds=90), NOON + timedelta(seconds=169))


def test_where_no_truth_is_known_there_is_no_newest_stretch():
    rows = pa.Table.from_pylist([row | {"truth": None} for row in seen(1, [True], table=1)])
    assert newest_stretch(rows, "classification", role="champion") is None


def test_a_route_table_of_another_endpoint_ends_no_window():
    rows = seen(1, [True] * 15, table=1) + seen(1, [True] * 15, table=2, start=15)
    assert [p.rows for p in windows(rows)] == [30]


def test_every_row_is_in_one_window_and_windows_follow_one_another():
    rows = seen(1, [True] * 1000, table=1) + seen(2, [True] * 333, table=2, start=1000)
    found = windows(rows, points=20)
    assert sum(p.rows for p in found) == 1333
    assert len(found) <= 20
    assert all(a.until < b.since for a, b in pairwise(found))


def test_windows_stand_still_while_rows_come():
    before = windows(seen(1, [True] * 200, table=1))
    after = windows(seen(1, [True] * 230, table=1))
    assert after[: len(before) - 1] == before[:-1]


def test_of_more_champions_than_points_the_newest_are_told():
    rows = [row for v in range(1, 8) for row in seen(v, [True] * 10, table=v, start=10 * v)]
    assert [p.version for p in windows(rows, points=3)] == [5, 6, 7]


def test_candidates_are_told_apart_from_champions_and_rollouts_from_one_another():
    rows = (
        seen(1, [True] * 60, table=1)
        + seen(2, [False] * 60, table=1, variant="candidate", rollout="a")
        + seen(2, [True] * 30, table=2, variant="candidate", rollout="b", start=60)
    )
    assert [(p.version, p.value) for p in windows(rows)] == [(1, 1.0), (1, 1.0)]
    assert [p.value for p in windows(rows, role="candidate")] == [0.0, 0.0, 1.0]


def test_rows_without_a_truth_or_an_answer_do_not_count():
    rows = seen(1, [True] * 30, table=1)
    rows[0]["truth"], rows[1]["output"] = None, None
    (point,) = windows(rows)
    assert point.rows == 28


@pytest.mark.parametrize("rows", [[], seen(1, [True] * 30, table=1, truth=None)])
def test_where_no_truth_is_known_there_is_no_window(rows):
    table = pa.Table.from_pylist(rows or seen(1, [True], table=1)).slice(0, len(rows))
    assert quality_windows(table, "classification", points=60, role="champion") == ()


def test_of_numbers_a_window_has_the_mean_distance_with_students_interval():
    errors = np.linspace(0.0, 2.0, LEAST)
    rows = seen(1, [True] * LEAST, table=1)
    for row, error in zip(rows, errors, strict=True):
        row["output"], row["truth"] = 5.0 + error, 5.0
    (point,) = windows(rows, task="regression")
    low, high = student(errors, 0.95)
    assert (point.value, point.low, point.high) == pytest.approx((1.0, low, high))


def test_one_number_alone_makes_no_window_because_nobody_knows_its_spread():
    rows = seen(1, [True], table=1)
    rows[0]["output"], rows[0]["truth"] = 5.0, 4.0
    assert windows(rows, task="regression") == ()


def test_a_truth_that_is_no_number_does_not_count():
    rows = seen(1, [True] * 30, table=1)
    for row in rows:
        row["output"], row["truth"] = "5.0", "4.0"
    rows[3]["truth"] = "n/a"
    (point,) = windows(rows, task="regression")
    assert (point.rows, point.value) == (29, 1.0)
