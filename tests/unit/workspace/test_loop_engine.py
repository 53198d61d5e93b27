"""At which pace rollouts and news are looked at, in a time that passes by looking and waiting alone."""

from itertools import pairwise
from types import SimpleNamespace

import pytest

from everloop.settings import Settings
from everloop.stores.memory_metadata import MemoryMetadata
from everloop.workspace import loop_engine
from everloop.workspace.loop_engine import LONGEST_PAUSE_S, LOOKING, LoopEngine

LASTS_S = 600.0
TICK_S = Settings().control.tick_s


class Hours:
    """The machine's steady clock, the engine's flag to end by it, and what each look takes."""

    def __init__(self, rollouts_s: float, news_s: float) -> None:
        self.now = 1000.0
        self.ends = self.now + LASTS_S
        self.takes = {True: rollouts_s, False: news_s}
        self.moved: set[int] = set()  # the looks, counted from 0, that move a cycle
        self.looks: list[tuple[bool, float]] = []
        self.broken: type[Exception] | None = None

    def monotonic(self) -> float:
        return self.now

    def is_set(self) -> bool:
        return self.now >= self.ends

    def set(self) -> None:
        self.ends = self.now

    def wait(self, seconds: float) -> bool:
        self.now += seconds
        return self.is_set()

    def tick(self, *, rolling: bool) -> int:
        self.looks.append((rolling, self.now))
        self.now += self.takes[rolling]
        if self.broken is not None:
            raise self.broken("the disk is full")
        return int(len(self.looks) - 1 in self.moved)

    def began(self, *, rolling: bool) -> list[float]:
        return [at for kind, at in self.looks if kind == rolling]


@pytest.fixture
def run(monkeypatch):
    """Let an engine run ten minutes of these hours."""

    def run(hours: Hours) -> Hours:
        office = SimpleNamespace(
            settings=Settings(), context=lambda actor, key: SimpleNamespace(metadata=MemoryMetadata())
        )
        monkeypatch.setattr(loop_engine, "LoopTick", lambda *given: hours)
        monkeypatch.setattr(loop_engine, "time", hours)
        engine = LoopEngine(office, SimpleNamespace())
        engine._ended = hours
        engine._run()
        return hours

    return run


@pytest.fixture(autouse=True)
def no_works(monkeypatch):
    monkeypatch.setattr(loop_engine, "handlers", lambda *given: {})


def gaps(moments):
    return [after - before for before, after in pairwise(moments)]


def test_both_are_looked_at_every_tick_while_looks_are_quick(run):
    hours = run(Hours(0.001, 0.001))
    for rolling in (True, False):
        assert gaps(hours.began(rolling=rolling)) == pytest.approx([TICK_S] * round(LASTS_S - 1), abs=0.01)


def test_rollouts_keep_their_pace_while_news_is_slow(run):
    hours = run(Hours(0.01, 2.0))
    rollouts = gaps(hours.began(rolling=True))
    assert sum(gap < 1.5 * TICK_S for gap in rollouts) > 0.9 * len(rollouts)
    assert max(rollouts) <= TICK_S + 2.1  # one look at the news, and no more
    assert len(hours.began(rolling=False)) * 2.0 <= LOOKING * LASTS_S + 2.0


def test_news_keep_their_pace_while_rollouts_are_slow(run):
    hours = run(Hours(2.0, 0.01))
    assert len(hours.began(rolling=True)) * 2.0 <= LOOKING * LASTS_S + 2.0
    assert max(gaps(hours.began(rolling=False))) <= TICK_S + 2.1


def test_a_look_that_takes_very_long_is_not_waited_out(run):
    began = run(Hours(0.01, 8.0)).began(rolling=False)
    assert max(gaps(began)) <= 8.0 + LONGEST_PAUSE_S + TICK_S


def test_of_two_that_are_due_rollouts_come_first(run):
    assert [rolling for rolling, _ in run(Hours(0.01, 0.01)).looks[:2]] == [True, False]


def test_what_moved_is_followed_at_once_by_a_look_at_all(run):
    hours = Hours(0.01, 3.0)
    hours.moved = {3}  # the first look at rollouts after two of both
    run(hours)
    at = hours.looks[3][1]
    after = [(rolling, began - at) for rolling, began in hours.looks[4:6]]
    assert {rolling for rolling, _ in after} == {True, False}
    assert max(since for _, since in after) < 3.1


@pytest.mark.parametrize("broken", [OSError, ZeroDivisionError])
def test_a_look_that_fails_is_taken_again(run, broken):
    hours = Hours(0.01, 0.01)
    hours.broken = broken
    assert len(run(hours).looks) > LASTS_S
