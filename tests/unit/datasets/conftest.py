from datetime import UTC, datetime

import pytest

from everloop.clock import FixedClock
from everloop.datasets.accept import to_arrow
from everloop.datasets.append import record, written
from everloop.stores.memory_metadata import MemoryMetadata
from everloop.stores.memory_tables import MemoryTables


class Shelf:
    """The stores, and appends with as few words as a test needs."""

    def __init__(self):
        self.metadata = MemoryMetadata()
        self.tables = MemoryTables()
        self.clock = FixedClock(datetime(2026, 3, 1, 12, tzinfo=UTC))
        self._keys = iter(range(1000))

    def append(self, rows, *, dataset="d", key="", **more):
        new = written(
            self.metadata,
            self.tables,
            dataset=dataset,
            rows=to_arrow(rows),
            key=key or f"key-{next(self._keys)}",
            clock=self.clock,
            **more,
        )
        with self.metadata.transaction() as transaction:
            return record(transaction, new)


@pytest.fixture
def shelf():
    return Shelf()
