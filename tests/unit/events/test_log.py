from datetime import UTC, datetime, timedelta

import pytest

from everloop import events
from everloop.clock import FixedClock
from everloop.errors import Conflict
from everloop.records.actor import Actor
from everloop.stores.memory_metadata import MemoryMetadata

ADA = Actor(kind="person", name="ada")


@pytest.fixture
def store():
    return MemoryMetadata()


@pytest.fixture
def clock():
    return FixedClock(datetime(2026, 3, 1, tzinfo=UTC))


def record(store, clock, key, *, action="deploy", subject="endpoint:churn", **more):
    with store.transaction() as transaction:
        return events.append(
            transaction, clock=clock, actor=ADA, action=action, subject=subject, key=key, **more
        )


def test_events_are_numbered_from_1_without_gaps(store, clock):
    assert [record(store, clock, key).sequence for key in "abc"] == [1, 2, 3]


def test_an_undone_transaction_gives_its_number_back(store, clock):
    record(store, clock, "a")
    with pytest.raises(ZeroDivisionError), store.transaction() as transaction:
        events.append(transaction, clock=clock, actor=ADA, action="x", subject="y", key="b")
        raise ZeroDivisionError
    assert record(store, clock, "c").sequence == 2


def test_the_order_is_that_of_the_numbers_even_when_the_clock_goes_back(store, clock):
    record(store, clock, "a")
    clock.advance(timedelta(hours=-1))
    record(store, clock, "b")
    with store.transaction() as transaction:
        assert [e.key for e in events.history(transaction)] == ["a", "b"]


def test_a_key_is_used_once(store, clock):
    record(store, clock, "a")
    with pytest.raises(Conflict):
        record(store, clock, "a")


def test_an_event_is_found_by_its_key_with_all_that_it_tells(store, clock):
    written = record(
        store,
        clock,
        "a",
        reason="better",
        before={"n": 1},
        after={"n": 2},
        evidence={"auc": 0.9},
        result={"x": []},
    )
    with store.transaction() as transaction:
        assert events.by_key(transaction, "a") == written
        assert events.by_key(transaction, "b") is None
    assert (written.at, written.actor, written.reason) == (clock.now(), ADA, "better")
    assert (written.before, written.after, written.evidence, written.result) == (
        {"n": 1},
        {"n": 2},
        {"auc": 0.9},
        {"x": []},
    )


@pytest.mark.parametrize(
    ("asked", "keys"),
    [
        ({}, ["a", "b", "c"]),
        ({"newest": 2}, ["b", "c"]),
        ({"subject": "endpoint:churn"}, ["a", "c"]),
        ({"action": "retire"}, ["b", "c"]),
        ({"subject": "endpoint:churn", "action": "retire"}, ["c"]),
        ({"subject": "endpoint:churn", "newest": 1}, ["c"]),
        ({"subject": "", "action": ""}, ["a", "b", "c"]),
    ],
)
def test_the_history_can_be_narrowed(store, clock, asked, keys):
    record(store, clock, "a", subject="endpoint:churn", action="deploy")
    record(store, clock, "b", subject="endpoint:other", action="retire")
    record(store, clock, "c", subject="endpoint:churn", action="retire")
    with store.transaction() as transaction:
        assert [e.key for e in events.history(transaction, **asked)] == keys
