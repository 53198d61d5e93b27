"""The exam that every metadata store sits."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from everloop.errors import Conflict, InvalidRequest, NotFound
from everloop.records.actor import Actor
from everloop.records.dataset import DatasetVersion, Field
from everloop.records.event import Event
from everloop.stores.metadata import MetadataStore

MOMENT = datetime(2026, 3, 1, 12, 30, 15, 250_000, tzinfo=UTC)


def event(sequence: int, *, key: str = "", action: str = "deploy", subject: str = "endpoint:churn") -> Event:
    """An event to keep, with a nested document and a text outside of ASCII."""
    return Event(
        sequence=sequence,
        at=MOMENT,
        actor=Actor(kind="person", name="Zoë"),
        action=action,
        subject=subject,
        key=key or f"key-{sequence}",
        after={"champion": {"model": "churn", "number": 3}, "shares": [0.1, 0.9]},
    )


def version(dataset: str, number: int) -> DatasetVersion:
    """A dataset version to keep: its key has two parts."""
    return DatasetVersion(
        dataset=dataset,
        number=number,
        table_version=number,
        digest="0" * 64,
        rows=10 * number,
        added=10,
        fields=(Field(name="age", type="integer"),),
        created_at=MOMENT,
        key=f"{dataset}-{number}",
    )


class MetadataExam:
    """Subclass it with a `store` fixture: an empty `MetadataStore`."""

    @pytest.fixture
    def store(self) -> Iterator[MetadataStore]:
        """An empty store, closed after the test."""
        raise NotImplementedError

    def test_a_record_comes_back_as_it_was(self, store: MetadataStore) -> None:
        with store.transaction() as transaction:
            transaction.add(event(1))
        with store.transaction() as transaction:
            assert transaction.get(Event, 1) == event(1)

    def test_a_record_that_is_not_there_is_none(self, store: MetadataStore) -> None:
        with store.transaction() as transaction:
            assert transaction.get(Event, 1) is None

    def test_a_transaction_reads_its_own_writes(self, store: MetadataStore) -> None:
        with store.transaction() as transaction:
            transaction.add(event(1))
            assert transaction.get(Event, 1) == event(1)
            assert transaction.find(Event) == [event(1)]

    def test_a_transaction_that_raises_leaves_nothing(self, store: MetadataStore) -> None:
        with pytest.raises(ZeroDivisionError), store.transaction() as transaction:
            transaction.add(event(1))
            raise ZeroDivisionError
        with store.transaction() as transaction:
            assert transaction.find(Event) == []

    def test_a_key_is_taken_once(self, store: MetadataStore) -> None:
        with store.transaction() as transaction:
            transaction.add(version("churn", 1))
            with pytest.raises(Conflict):
                transaction.add(version("churn", 1))

    def test_a_unique_field_is_taken_once(self, store: MetadataStore) -> None:
        with store.transaction() as transaction:
            transaction.add(event(1, key="same"))
            with pytest.raises(Conflict):
                transaction.add(event(2, key="same"))

    def test_a_conflict_that_is_caught_leaves_the_transaction_whole(self, store: MetadataStore) -> None:
        with store.transaction() as transaction:
            transaction.add(event(1))
            with pytest.raises(Conflict):
                transaction.add(event(1))
            transaction.add(event(2))
        with store.transaction() as transaction:
            assert transaction.find(Event) == [event(1), event(2)]

    def test_replacing_changes_the_record_and_what_it_is_found_by(self, store: MetadataStore) -> None:
        changed = replace(event(1), action="retire", reason="old")
        with store.transaction() as transaction:
            transaction.add(event(1))
        with store.transaction() as transaction:
            transaction.replace(changed)
        with store.transaction() as transaction:
            assert transaction.get(Event, 1) == changed
            assert transaction.find(Event, action="deploy") == []
            assert transaction.find(Event, action="retire") == [changed]

    def test_only_a_record_that_is_there_is_replaced(self, store: MetadataStore) -> None:
        with store.transaction() as transaction, pytest.raises(NotFound):
            transaction.replace(event(1))

    def test_replacing_cannot_take_the_unique_field_of_another(self, store: MetadataStore) -> None:
        with store.transaction() as transaction:
            transaction.add(event(1))
            transaction.add(event(2))
            with pytest.raises(Conflict):
                transaction.replace(replace(event(2), key="key-1"))

    def test_records_are_found_in_the_order_of_their_keys(self, store: MetadataStore) -> None:
        added = [("b", 2), ("a", 10), ("B", 1), ("a", 9), ("b", 1)]
        with store.transaction() as transaction:
            for name, number in added:
                transaction.add(version(name, number))
            found = [(v.dataset, v.number) for v in transaction.find(DatasetVersion)]
        assert found == [("B", 1), ("a", 9), ("a", 10), ("b", 1), ("b", 2)]

    def test_the_newest_are_the_last_of_that_order(self, store: MetadataStore) -> None:
        with store.transaction() as transaction:
            for number in (1, 2, 10, 9):
                transaction.add(version("a", number))
            newest = transaction.find(DatasetVersion, dataset="a", newest=2)
        assert [v.number for v in newest] == [9, 10]

    def test_conditions_are_met_together(self, store: MetadataStore) -> None:
        with store.transaction() as transaction:
            transaction.add(event(1, action="deploy", subject="endpoint:a"))
            transaction.add(event(2, action="deploy", subject="endpoint:b"))
            transaction.add(event(3, action="retire", subject="endpoint:a"))
            found = transaction.find(Event, action="deploy", subject="endpoint:a")
        assert [e.sequence for e in found] == [1]

    def test_a_field_that_is_not_searchable_is_refused(self, store: MetadataStore) -> None:
        with store.transaction() as transaction, pytest.raises(InvalidRequest, match="reason"):
            transaction.find(Event, reason="none")

    def test_part_of_a_key_is_refused(self, store: MetadataStore) -> None:
        with store.transaction() as transaction, pytest.raises(InvalidRequest, match="number"):
            transaction.get(DatasetVersion, "churn")

    def test_threads_take_turns_so_that_no_update_is_lost(self, store: MetadataStore) -> None:
        with store.transaction() as transaction:
            transaction.add(version("counter", 1))

        def count() -> None:
            for _ in range(10):
                with store.transaction() as transaction:
                    found = transaction.get(DatasetVersion, "counter", 1)
                    assert found is not None
                    transaction.replace(replace(found, rows=found.rows + 1))

        threads = [threading.Thread(target=count) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        with store.transaction() as transaction:
            found = transaction.get(DatasetVersion, "counter", 1)
        assert found is not None
        assert found.rows == 10 + 40

    def test_a_transaction_within_another_is_refused(self, store: MetadataStore) -> None:
        with store.transaction(), pytest.raises(RuntimeError), store.transaction():
            pass
        with store.transaction() as transaction:
            assert transaction.find(Event) == []
