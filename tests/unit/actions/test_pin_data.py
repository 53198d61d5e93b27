"""Folding the ledger into the loop's dataset: what, how much, and once."""

import struct
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import msgspec
import pyarrow as pa
import pytest

from everloop.actions.append_rows import AppendRequest, append_rows
from everloop.actions.context import Context
from everloop.actions.mark_suspect import MarkSuspectRequest, mark_suspect
from everloop.actions.pin_data import pin_data
from everloop.datasets import append
from everloop.datasets.content import read
from everloop.datasets.folded import read_ids
from everloop.datasets.versions import version_of, versions
from everloop.errors import NotFound, SchemaMismatch, WorkspaceBusy
from everloop.ledger.capture import Answered, Received
from everloop.ledger.capture import Context as Served
from everloop.ledger.segment import SegmentLog
from everloop.records.cycle import Cycle
from everloop.records.endpoint import VersionRef
from everloop.records.event import Event
from everloop.records.loop import LoopPolicy, LoopRecord
from everloop.records.names import new_id
from everloop.records.signature import Column, Signature
from everloop.records.target import TargetRule
from everloop.stores.lock import WriterLock
from everloop.stores.tables import TableStore

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SIGNATURE = Signature(
    task="classification",
    target="Churn",
    columns=(
        Column(name="tenure", kind="number", nullable=True),
        Column(name="plan", kind="category", nullable=True, categories=("one", "two")),
    ),
    classes=("No", "Yes"),
)
CHAMPION = VersionRef(model="churn", number=1)


class World:
    """A dataset of 20 rows, an endpoint's ledger that grows by minutes, and a loop over both."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self.log = SegmentLog(context.layout.capture)
        self.began = context.clock.now()
        rows = pa.table({"tenure": list(range(20)), "plan": ["one", "two"] * 10, "Churn": ["Yes", "No"] * 10})
        append_rows(self.act(table=rows), AppendRequest(dataset="churn"))
        self.declare()

    def act(self, **changes: object) -> Context:
        return replace(self.context, key=new_id("key"), **changes)

    def declare(self, **changes: object) -> None:
        fields = {
            "name": "churn",
            "endpoint": "churn",
            "model": "churn",
            "dataset": "churn",
            "target": TargetRule(outcome="Churn"),
            "recipes": (),
            "policy": LoopPolicy(),
            "triggers": (),
            "audit_share": 0.0,
            "declared_at": self.began,
        }
        with self.context.metadata.transaction() as transaction:
            record = LoopRecord(**{**fields, **changes})
            if transaction.get(LoopRecord, "churn") is None:
                transaction.add(record)
            else:
                transaction.replace(record)

    def ns(self, minute: float) -> int:
        return (self.began + timedelta(minutes=minute) - EPOCH) // timedelta(microseconds=1) * 1000

    def answer(self, *minutes: float, shadow: bool = False, error: str = "", **row: object) -> list[str]:
        """An answer in each of these minutes; the inputs say which minute it was."""
        kind = Served(
            endpoint="churn",
            signature=SIGNATURE,
            variant="candidate" if shadow else "champion",
            model="churn",
            version=1,
            bundle="b" * 64,
            route_table=1,
            share=1.0,
            shadow=shadow,
        )
        number = self.log.context(kind)
        answers = []
        for minute in minutes:
            body = msgspec.json.encode({"instances": [{"tenure": 1000 + minute, "plan": "two", **row}]})
            output = b"" if error else struct.pack("<2f", 0.25, 0.75)
            answers.append(
                Answered(number, [f"p{minute:g}"], body, output, self.ns(minute), 1500, error=error)
            )
        self.log.append(answers)
        return [answer.ids[0] for answer in answers]

    def tell(self, *minutes: float, truth: object = "Yes", learned: float | None = None) -> None:
        for minute in minutes:
            at = self.ns(minute + 0.5 if learned is None else learned)
            self.log.append((), [Received("churn", f"p{minute:g}", "Churn", truth, at, None)])

    def cycle(self, number: int = 1, **policy: object) -> Cycle:
        now = self.context.clock.now()
        return Cycle(
            endpoint="churn",
            number=number,
            loop="churn",
            state="pinning",
            step=1,
            policy=LoopPolicy(**policy),
            causes=(),
            by=self.context.actor,
            opened_at=now,
            champion=CHAMPION,
            anchor=CHAMPION,
            moved_at=now,
        )

    def at(self, minute: float) -> None:
        self.context.clock.moment = self.began + timedelta(minutes=minute)

    def pin(self, number: int = 1, **policy: object):
        return pin_data(self.context, self.cycle(number, **policy))

    def version(self, number: int | None = None):
        with self.context.metadata.transaction() as transaction:
            return version_of(transaction, "churn", number)

    def rows(self, number: int | None = None) -> list[dict[str, object]]:
        """What a version added."""
        version = self.version(number)
        return read(self.context.tables, version).slice(version.rows - version.added).to_pylist()

    def minutes(self, number: int | None = None) -> list[object]:
        """The minutes in which the answers were given that a version added."""
        return [row["tenure"] - 1000 for row in self.rows(number)]

    def count(self) -> int:
        with self.context.metadata.transaction() as transaction:
            return len(versions(transaction, "churn"))


@pytest.fixture
def world(context: Context) -> Iterator[World]:
    world = World(context)
    world.at(60)
    yield world
    world.log.close()


def test_the_early_part_is_folded_and_the_late_part_held_back(world):
    world.answer(*range(1, 11))
    world.tell(*range(1, 11))
    pinned = world.pin(evaluation_share=0.3)
    assert pinned.version == 2
    assert world.minutes() == [1, 2, 3, 4, 5, 6, 7]
    assert pinned.evaluate_from == world.began + timedelta(minutes=8)
    assert world.version().until == world.began + timedelta(minutes=7)
    assert "7 rows from the ledger, served 2026-01-01 00:01 to 2026-01-01 00:07" in pinned.detail
    assert world.version().note in pinned.detail


def test_a_row_is_what_was_sent_with_the_truth_that_came(world):
    world.answer(1, 2, 3)
    world.tell(1, truth="No")
    world.tell(2, 3)
    world.pin()
    assert world.rows()[0] == {"tenure": 1001, "plan": "two", "Churn": "No"}


def test_the_version_knows_whose_answers_it_holds(world):
    ids = world.answer(1, 2, 3, 4)
    world.tell(1, 2, 3, 4)
    world.pin(evaluation_share=0.25)
    assert read_ids(world.context.blobs, world.version().predictions).to_pylist() == ids[:3]


def test_answers_without_truth_shadows_and_errors_are_not_folded(world):
    world.answer(1, 2, 3, 4)
    world.answer(1.5, shadow=True)
    world.answer(2.5, error="it broke")
    world.tell(1, 1.5, 2.5, 4)
    world.pin(evaluation_share=0.3)
    assert world.minutes() == [1]


def test_what_is_not_mature_yet_waits_for_its_window(world):
    world.declare(target=TargetRule(outcome="Churn", within=timedelta(minutes=30), otherwise="No"))
    world.answer(1, 2, 3, 40, 50)
    world.tell(2)
    world.pin(evaluation_share=0.3)
    assert [(row["tenure"] - 1000, row["Churn"]) for row in world.rows()] == [(1, "No"), (2, "Yes")]


def test_what_was_told_later_than_now_is_not_known(world):
    world.answer(1, 2, 3)
    world.tell(1, 2, 3, learned=90)
    assert world.pin().version == 1


def test_nothing_new_pins_what_there_is(world):
    pinned = world.pin()
    assert (pinned.version, world.count()) == (1, 1)
    assert pinned.evaluate_from == world.version().until == world.began
    assert "no new answer" in pinned.detail


def test_what_was_held_back_is_folded_in_the_next_cycle(world):
    world.answer(*range(1, 11))
    world.tell(*range(1, 11))
    world.pin(1, evaluation_share=0.3)
    world.answer(*range(11, 15))
    world.tell(*range(11, 15))
    world.pin(2, evaluation_share=0.3)
    assert world.minutes(3) == [8, 9, 10, 11, 12]


def test_a_late_outcome_is_folded_next_time_and_nothing_twice(world):
    world.answer(*range(1, 11))
    world.tell(1, 2, 4, 5, 9, 10)
    world.pin(1, evaluation_share=0.3)
    assert world.minutes(2) == [1, 2, 4, 5]
    world.tell(3, learned=59)
    world.answer(20, 21)
    world.tell(20, 21)
    world.pin(2, evaluation_share=0.2)
    assert world.minutes(3) == [3, 9, 10, 20]
    assert world.version().until == world.began + timedelta(minutes=20)


def test_late_outcomes_alone_leave_the_end_of_the_version_where_it_was(world):
    world.answer(*range(1, 6))
    world.tell(1, 4, 5)
    world.pin(1, evaluation_share=0.3)
    before = world.version()
    world.tell(2, learned=59)
    with_late = world.pin(2, evaluation_share=0.3)
    assert before.until == world.began + timedelta(minutes=4)
    assert world.minutes() == [2]
    assert world.version().until == before.until
    assert with_late.evaluate_from == world.began + timedelta(minutes=5)


def test_the_same_step_folds_once_whatever_came_meanwhile(world):
    world.answer(*range(1, 11))
    world.tell(*range(1, 6))
    first = world.pin()
    world.tell(*range(6, 11))
    assert world.pin() == first
    assert world.count() == 2


def test_a_fold_that_stopped_between_table_and_metadata_is_done_again(world, monkeypatch):
    world.answer(*range(1, 11))
    world.tell(*range(1, 6))
    with monkeypatch.context() as patch:
        patch.setattr("everloop.actions.pin_data.Change", _killed)
        with pytest.raises(KeyboardInterrupt):
            world.pin()
    assert world.count() == 1
    world.tell(*range(6, 11))
    world.pin(evaluation_share=0.3)
    assert world.minutes() == [1, 2, 3, 4, 5, 6, 7]
    assert world.version().rows == 27


def _killed(**fields):
    raise KeyboardInterrupt


def test_rows_that_a_person_appended_end_at_their_append(world):
    world.answer(*range(1, 11))
    world.tell(*range(1, 11))
    rows = pa.table({"tenure": [1], "plan": ["one"], "Churn": ["No"]})
    append_rows(world.act(table=rows), AppendRequest(dataset="churn"))
    pinned = world.pin()
    assert world.version(2).until == world.began + timedelta(minutes=60)
    assert world.minutes(3) == list(range(1, 11)), "the gates could not look at any of them"
    assert pinned.evaluate_from == world.version().until == world.began + timedelta(minutes=60)


def test_a_suspect_fold_is_not_folded_again(world):
    world.answer(*range(1, 11))
    world.tell(*range(1, 11))
    world.pin(1, evaluation_share=0.3)
    mark_suspect(world.act(), MarkSuspectRequest(dataset="churn", version=2, reason="a wrong laboratory"))
    world.pin(2, evaluation_share=0.3)
    assert world.minutes() == [8, 9]


class Meanwhile:
    """Tables of which an append takes so long that something else is done before it returns."""

    def __init__(self, inner: TableStore, act: Callable[[], object]) -> None:
        self._inner, self._act = inner, act

    def append(self, *rows: object, **options: object) -> int:
        version = self._inner.append(*rows, **options)
        self._act()
        return version

    def __getattr__(self, verb: str) -> Callable[..., object]:
        return getattr(self._inner, verb)


def test_others_write_metadata_while_a_fold_is_written(world):
    world.answer(*range(1, 11))
    world.tell(*range(1, 11))
    mark = MarkSuspectRequest(dataset="churn", version=1, reason="a bad batch")
    slow = replace(
        world.context, tables=Meanwhile(world.context.tables, lambda: mark_suspect(world.act(), mark))
    )
    pin_data(slow, world.cycle(evaluation_share=0.3))
    assert world.minutes() == [1, 2, 3, 4, 5, 6, 7]
    assert [world.version(number).suspect for number in (1, 2)] == ["a bad batch", ""]


def test_a_step_that_is_done_twice_at_once_folds_once_and_both_are_answered_alike(world, monkeypatch):
    world.answer(*range(1, 11))
    world.tell(*range(1, 11))
    rows = pa.table({"tenure": [1], "plan": ["one"], "Churn": ["No"]})
    append_rows(world.act(table=rows), AppendRequest(dataset="churn"))  # so that no answer is held back
    twins, knocked = [], threading.Event()

    class Knocking(WriterLock):
        def acquire(self, **options: object) -> None:
            if twins:
                knocked.set()
            super().acquire(**options)

    def again() -> None:
        twins.append(None)
        twins.append(pool.submit(world.pin))
        assert knocked.wait(30)

    monkeypatch.setattr(append, "WriterLock", Knocking)
    with ThreadPoolExecutor(1) as pool:
        slow = replace(world.context, tables=Meanwhile(world.context.tables, again))
        first = pin_data(slow, world.cycle())
        assert twins[1].result(30) == first
    assert world.minutes(3) == list(range(1, 11))
    assert world.count() == 3


def test_a_fold_waits_for_an_append_before_it_looks_what_is_new(world, monkeypatch):
    world.answer(*range(1, 11))
    world.tell(*range(1, 11))
    monkeypatch.setattr(append, "PATIENCE_S", 0.0)
    with append.appending(world.context.layout, "churn"), pytest.raises(WorkspaceBusy):
        world.pin()
    assert world.count() == 1
    world.pin()
    assert world.count() == 2


def test_answers_that_do_not_fit_are_left_out_and_told(world):
    world.answer(1, 2, 4)
    world.answer(3, tenure=3.5)
    world.tell(1, 2, 3, 4)
    pinned = world.pin(evaluation_share=0.25)
    assert world.minutes() == [1, 2]
    assert "1 of 3 rows are left out: column 'tenure' is integer, and one has '3.5'" in pinned.detail


def test_a_new_class_is_let_in(world):
    world.answer(1, 2)
    world.tell(1, 2, truth="Perhaps")
    world.pin(evaluation_share=0.5)
    assert [row["Churn"] for row in world.rows()] == ["Perhaps"]


def test_there_is_one_event_with_what_was_folded(world):
    world.answer(*range(1, 11))
    world.tell(*range(1, 11))
    pinned = world.pin(evaluation_share=0.3)
    world.pin(evaluation_share=0.3)
    with world.context.metadata.transaction() as transaction:
        events = transaction.find(Event, action="fold_answers")
    assert [(e.subject, e.reason) for e in events] == [("dataset:churn", pinned.detail)]
    assert events[0].evidence["held_back"] == 3


def test_a_dataset_of_another_kind_is_refused(world):
    append_rows(world.act(table=pa.table({"warmth": [1.0], "Churn": ["No"]})), AppendRequest(dataset="other"))
    world.declare(dataset="other")
    world.answer(1, 2)
    world.tell(1, 2)
    with pytest.raises(SchemaMismatch, match="none of the dataset's columns"):
        world.pin()


def test_a_loop_without_a_dataset_is_told(world):
    world.declare(dataset="nothing")
    with pytest.raises(NotFound, match="nothing"):
        world.pin()
