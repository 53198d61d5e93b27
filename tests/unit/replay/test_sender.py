"""The sender, over a line of the test's own."""

import threading
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

import pytest

from everloop.clock import FixedClock, SystemClock
from everloop.errors import CaptureFailed, InvalidData, Unreachable
from everloop.replay.pace import Steady
from everloop.replay.sender import Piece, Sender

NEVER = float("nan")


class Wire:
    """Answers rows, and remembers what it was asked and told."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, ...]] = []
        self.told: list[tuple[str, object]] = []
        self.failures: dict[str, list[Exception]] = {}  # by the caller's id: what its next attempts meet
        self.deaf: list[Exception] = []  # what the next outcomes meet
        self.may_answer = threading.Event()
        self.may_answer.set()
        self._lock = threading.Lock()

    def ask(self, rows: Sequence[object], ids: Sequence[str]) -> Sequence[str]:
        self.may_answer.wait(20)
        with self._lock:
            self.asked.append(tuple(ids))
            if self.failures.get(ids[0]):
                raise self.failures[ids[0]].pop(0)
        return [f"answer of {id}" for id in ids]

    def tell(self, ids: Sequence[str], values: Sequence[object]) -> None:
        if self.deaf:
            raise self.deaf.pop(0)
        self.told += zip(ids, values, strict=True)


def pieces(count: int, *, rows: int = 1, delay: float = 0.0, truth: object = "yes") -> Iterator[Piece]:
    for first in range(0, count, rows):
        yield Piece(
            first=first,
            rows=[{"x": 1.0}] * rows,
            ids=[f"row-{place}" for place in range(first, first + rows)],
            truths=[truth] * rows,
            delays=[delay] * rows,
        )


@pytest.fixture
def wire() -> Wire:
    return Wire()


@pytest.fixture
def sender(wire):
    made: list[Sender] = []

    def make(rows: Iterator[Piece], *, clock=None, connections: int = 2, rate: float = 5000) -> Sender:
        made.append(
            Sender(wire, rows, pace=Steady(rate), clock=clock or SystemClock(), connections=connections)
        )
        return made[-1]

    yield make
    for each in made:
        each.stop()


def send(sender: Sender, most: int | None = None, *, until=lambda: False, hold=lambda: False):
    return sender.send(most, until=until, hold=hold, watch=lambda sent: None)


def test_every_row_is_asked_for_once_and_its_truth_told_by_the_answers_id(wire, sender):
    sending = sender(pieces(20))
    send(sending)
    counts = sending.settle(10, lambda sent: None)
    assert sorted(wire.asked) == sorted((f"row-{place}",) for place in range(20))
    assert sorted(wire.told) == sorted((f"answer of row-{place}", "yes") for place in range(20))
    assert (counts.sent, counts.delivered, counts.with_truth, counts.truth_waiting) == (20, 20, 20, 0)
    assert sending.is_over


def test_a_stretch_ends_after_so_many_rows_and_the_next_goes_on_there(wire, sender):
    sending = sender(pieces(10))
    assert send(sending, 4).sent == 4
    assert not sending.is_over
    assert send(sending).sent == 10
    assert len(set(wire.asked)) == 10


def test_a_stretch_ends_when_its_condition_holds(wire, sender):
    sending = sender(pieces(100_000), rate=200)
    assert send(sending, until=lambda: len(wire.asked) >= 5).sent < 100


def test_when_a_stretch_returns_every_answer_has_come(wire, sender):
    wire.may_answer.clear()
    threading.Timer(0.2, wire.may_answer.set).start()
    assert send(sender(pieces(2))).delivered == 2


@pytest.mark.parametrize("error", [Unreachable("gone"), CaptureFailed("full")])
def test_a_row_without_an_answer_is_sent_again_under_the_same_id(wire, sender, error):
    wire.failures["row-1"] = [error, error]
    counts = send(sender(pieces(3)))
    assert wire.asked.count(("row-1",)) == 3
    assert (counts.delivered, counts.failed, counts.repeated) == (3, 0, 2)


def test_a_row_that_is_refused_is_not_sent_again_and_has_no_truth(wire, sender):
    wire.failures["row-1"] = [InvalidData("x is no number.")]
    sending = sender(pieces(3))
    send(sending)
    counts = sending.settle(10, lambda sent: None)
    assert wire.asked.count(("row-1",)) == 1
    assert (counts.delivered, counts.failed, counts.why_failed) == (2, 1, "x is no number.")
    assert counts.with_truth == 2


def test_a_truth_waits_until_it_is_due_by_the_platforms_clock(wire, sender):
    clock = FixedClock(datetime(2026, 1, 1, tzinfo=UTC))
    sending = sender(pieces(3, delay=3600), clock=clock)
    counts = send(sending)
    assert (counts.delivered, counts.truth_waiting) == (3, 3)
    assert wire.told == []
    clock.advance(timedelta(hours=1))
    assert sending.settle(10, lambda sent: None).with_truth == 3


def test_truths_that_were_not_sent_are_counted_when_it_is_stopped(wire, sender):
    sending = sender(pieces(3, delay=3600))
    send(sending)
    assert sending.stop().truth_waiting == 3
    assert wire.told == []


@pytest.mark.parametrize("never", [{"delay": NEVER}, {"truth": None}])
def test_a_row_without_a_truth_is_counted_as_such(wire, sender, never):
    sending = sender(pieces(2, **never))
    send(sending)
    counts = sending.settle(10, lambda sent: None)
    assert (counts.delivered, counts.with_truth, counts.truth_waiting, counts.truth_never) == (2, 0, 0, 2)


def test_truths_that_were_not_taken_are_sent_again(wire, sender):
    wire.deaf = [Unreachable("gone")]
    sending = sender(pieces(2))
    send(sending)
    assert sending.settle(10, lambda sent: None).with_truth == 2
    assert sorted(wire.told) == [("answer of row-0", "yes"), ("answer of row-1", "yes")]


def test_while_it_is_held_nothing_is_sent_and_truths_go_on(wire, sender):
    sending = sender(pieces(2, rows=2))
    held = iter([False] + [True] * 3)
    seen: list[tuple[int, int]] = []

    def hold() -> bool:
        seen.append((len(wire.asked), len(wire.told)))
        return next(held, False)

    send(sending, hold=hold)
    assert seen[0] == (0, 0)
    assert len(wire.asked) == 1


def test_no_more_requests_are_under_way_than_there_are_connections(wire, sender):
    wire.may_answer.clear()
    sending = sender(pieces(10), connections=3)
    thread = threading.Thread(target=send, args=(sending,))
    thread.start()
    thread.join(0.3)
    assert sending.counts.sent == 3
    wire.may_answer.set()
    thread.join(20)
    assert sending.counts.delivered == 10
