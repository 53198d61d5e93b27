"""Rows that gates could look at are counted when it may matter."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from everloop.actions.kept_mature import KeptMature
from everloop.loop.next_action import rows_wanted
from everloop.records.actor import Actor
from everloop.records.cycle import Cycle
from everloop.records.endpoint import VersionRef
from everloop.records.loop import LoopPolicy
from everloop.stores.layout import Layout

LAYOUT = Layout(Path("/nowhere"))


class World:
    """Answers whose truth is known, all of them usable, and how often they were counted."""

    def __init__(self, truths: int) -> None:
        self.truths, self.counted = truths, 0

    def count(self) -> int:
        self.counted += 1
        return self.truths


@pytest.fixture
def judging_cycle() -> Cycle:
    now, champion = datetime(2026, 1, 1, tzinfo=UTC), VersionRef(model="churn", number=1)
    return Cycle(
        endpoint="churn",
        number=7,
        loop="churn",
        state="judging",
        step=3,
        policy=LoopPolicy(),
        causes=(),
        by=Actor(kind="system", name="loop"),
        opened_at=now,
        champion=champion,
        anchor=champion,
        moved_at=now,
        gated_rows=1000,
    )


@pytest.fixture
def look(judging_cycle):
    kept = KeptMature()

    def look(world, cycle=judging_cycle):
        return kept.of(LAYOUT, cycle, truths=world.truths, count=world.count)

    return look


def test_it_is_behind_by_less_than_a_quarter_of_what_is_missing_and_never_where_the_gates_would_look(
    look, judging_cycle
):
    """The gates looked at 1,000 rows, and want 1,200."""
    world, wanted = World(1000), rows_wanted(judging_cycle)
    assert wanted == 1200
    for truths in range(1000, 1300):
        world.truths = truths
        found = look(world)
        assert found <= truths
        assert truths - found < max(1, (wanted - found) / 4)
        assert (found >= wanted) == (truths >= wanted)
    assert world.counted < 150  # of 300 looks, a hundred of them where the gates are to look


def test_a_ledger_that_stands_still_is_counted_once(look):
    world = World(1000)
    assert {look(world) for _ in range(5)} == {1000}
    assert world.counted == 1


def test_another_step_is_counted_anew(look, judging_cycle):
    world = World(1000)
    look(world)
    look(world, replace(judging_cycle, step=judging_cycle.step + 1))
    assert world.counted == 2
