"""A ledger over tables in memory, and a writer that fills its capture log in words of the tests."""

import struct
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from everloop.clock import FixedClock
from everloop.ledger.capture import Answered, Context, Received
from everloop.ledger.ledger import Ledger
from everloop.ledger.segment import SegmentLog
from everloop.records.signature import Column, Signature
from everloop.stores.layout import Layout
from everloop.stores.memory_tables import MemoryTables

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

ANIMALS = Signature(
    task="classification",
    target="species",
    columns=(
        Column(name="length", kind="number", nullable=True),
        Column(name="tame", kind="boolean", nullable=True),
        Column(name="colour", kind="category", nullable=True, categories=("blue", "red")),
    ),
    classes=("cat", "dog"),
    ignored=("owner",),
)
BIKES = Signature(
    task="regression", target="rented", columns=(Column(name="warmth", kind="number", nullable=True),)
)


def ns(moment):
    """Nanoseconds since the epoch."""
    return (moment - EPOCH) // timedelta(microseconds=1) * 1000


class Writer:
    """A worker's log. Minutes count from noon."""

    def __init__(self, folder):
        self.log = SegmentLog(folder)

    def context(self, endpoint="animals", signature=ANIMALS, **fields):
        given = {"variant": "champion", "model": endpoint, "version": 1, "bundle": "b" * 64} | fields
        given = {"route_table": 1, "share": 1.0} | given
        return self.log.context(Context(endpoint=endpoint, signature=signature, **given))

    def answered(self, ids, /, *, rows=({},), minute=0.0, output=None, context=None, error="", **members):
        number = self.context() if context is None else context
        output = [0.25, 0.75] * len(rows) if output is None else output
        body = msgspec.json.encode({"instances": list(rows), **members})
        ids = [ids] if isinstance(ids, str) else ids
        served = ns(NOON + timedelta(minutes=minute))
        return Answered(
            number, ids, body, struct.pack(f"<{len(output)}f", *output), served, 1500, error=error
        )

    def predict(self, ids, /, **fields):
        self.log.append([self.answered(ids, **fields)])

    def tell(
        self, prediction, value, *, name="species", learned=1.0, happened=None, endpoint="animals", **fields
    ):
        moment = None if happened is None else ns(NOON + timedelta(minutes=happened))
        learned_at = ns(NOON + timedelta(minutes=learned))
        self.log.append((), [Received(endpoint, prediction, name, value, learned_at, moment, **fields)])


@pytest.fixture
def layout(tmp_path):
    return Layout(tmp_path)


@pytest.fixture
def tables():
    return MemoryTables()


@pytest.fixture
def clock():
    return FixedClock(NOON + timedelta(days=1))


@pytest.fixture
def writer(layout):
    writer = Writer(layout.capture)
    yield writer
    writer.log.close()


@pytest.fixture
def ledger(tables, layout, clock):
    return Ledger(tables, layout, clock)
