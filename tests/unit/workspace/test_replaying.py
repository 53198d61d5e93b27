"""A replay over a data plane of the test's own."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
import pytest

import everloop as el
from everloop.clock import SystemClock
from everloop.errors import InvalidRequest
from everloop.workspace.data_plane import Answer
from everloop.workspace.replaying import Replay


@dataclass
class Plane:
    """Answers everything, and remembers it by the caller's number of the row."""

    asked: dict[int, dict[str, Any]] = field(default_factory=dict)
    keys: set[str] = field(default_factory=set)
    told: dict[str, Any] = field(default_factory=dict)

    def kinds(self, endpoint: str) -> dict[str, str]:
        return {"x": "number", "code": "category"}

    def answers(
        self, endpoint: str, rows: list[dict[str, Any]], *, key: str, ids: list[str]
    ) -> Iterator[Answer]:
        self.keys.add(key)
        for id, row in zip(ids, rows, strict=True):
            self.asked[int(id.rpartition("-")[2])] = row
        yield Answer(values=("yes",) * len(rows), ids=tuple(f"our-{id}" for id in ids), variants=())

    def outcomes(self, endpoint: str, outcomes: list[dict[str, Any]]) -> int:
        for outcome in outcomes:
            self.told[outcome["id"]] = (outcome["name"], outcome["value"], outcome["source"])
        return len(outcomes)


ROWS = pa.table(
    {
        "x": list(range(30)),
        "code": [7] * 30,
        "y": [n % 2 == 0 for n in range(30)],
        "day": list(range(30, 0, -1)),
    }
)


@pytest.fixture
def plane() -> Plane:
    return Plane()


@pytest.fixture
def replay(plane):
    made: list[Replay] = []

    def begin(**how: Any) -> Replay:
        made.append(Replay(plane, "e", ROWS, target="y", clock=SystemClock(), **{"rate": 2000.0, **how}))
        return made[-1]

    yield begin
    for each in made:
        each.stop()


def test_rows_are_sent_in_the_kinds_of_the_model_without_their_truth(plane, replay):
    begun = replay()
    begun.send()
    begun.finish(within_s=10)
    assert plane.asked[3] == {"x": 3, "code": "7", "day": 27}
    assert plane.told[f"our-{begun.id}-3"] == ("y", False, "replay")
    assert len(plane.asked) == len(plane.told) == 30
    assert len(plane.keys) > 0


def test_with_a_time_the_earliest_row_goes_first(plane, replay):
    replay(time="day").send(most=1)
    assert plane.asked[0]["day"] == 1


def test_a_distortion_that_is_set_between_stretches_counts_its_rows_from_there(plane, replay):
    begun = replay(rate=50.0)
    begun.send(most=10)
    begun.distort(el.Shift(by=100, columns="x", start=2))
    begun.send(most=10)
    begun.distort()
    begun.send()
    moved = {number: row["x"] - number for number, row in plane.asked.items()}
    assert moved == {n: (100 if 12 <= n < 20 else 0) for n in range(30)}


def test_the_same_seed_sends_the_same_rows_however_they_are_cut(plane, replay):
    how: dict[str, Any] = {"rate": 50.0, "distort": [el.Missing(share=0.5)], "seed": 5}
    begun = replay(**how)
    begun.send()
    once = dict(plane.asked)
    again = replay(**how)
    again.send(most=7)
    again.send(most=1)
    again.send()
    assert plane.asked == once


@pytest.mark.parametrize(
    ("how", "told"),
    [
        ({"distort": [el.Unknown(columns="x")]}, "'x' holds no texts"),
        ({"speed": 10.0}, "the column is needed that says when"),
        ({"rate": 0.0}, "above 0"),
        ({"outcome_delay": "later"}, "not a length of time"),
    ],
)
def test_what_does_not_fit_is_told_before_a_row_is_sent(plane, replay, how, told):
    with pytest.raises(InvalidRequest, match=told):
        replay(**how)
    assert plane.asked == {}


def test_a_target_that_is_not_there_is_told_with_the_columns():
    with pytest.raises(InvalidRequest, match=r"no column 'z'.*x, code, y, day"):
        Replay(Plane(), "e", ROWS, target="z", clock=SystemClock())
