"""The SQL and the Delta store do what their twins in memory do, whatever is asked of them in whatever order."""

import tempfile
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from everloop.errors import EverloopError
from everloop.records.dataset import DatasetVersion
from everloop.records.event import Event
from everloop.stores import delta_files
from everloop.stores.delta_tables import DeltaTables
from everloop.stores.memory_metadata import MemoryMetadata
from everloop.stores.memory_tables import MemoryTables
from everloop.stores.sql_metadata import SqlMetadata
from everloop.testing.metadata_exam import event, version

SEQUENCES = st.integers(1, 6)
KEYS = st.sampled_from(["a", "b", "c"])
NAMES = st.sampled_from(["x", "X", "y-1"])
MARKS = st.lists(st.sampled_from(["m1", "m2", "m3", "m4"]), max_size=2)
QUIET = settings(
    max_examples=8, stateful_step_count=20, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)


def outcome(call):
    """What a call answers, or the kind of its refusal."""
    try:
        return call()
    except EverloopError as error:
        return type(error)


class MetadataTwins(RuleBasedStateMachine):
    @initialize()
    def open(self):
        self.folder = tempfile.TemporaryDirectory()
        self.stores = [MemoryMetadata(), SqlMetadata(Path(self.folder.name) / "metadata.db")]

    def both(self, work):
        def run(store):
            with store.transaction() as transaction:
                return work(transaction)

        twin, real = (outcome(lambda store=store: run(store)) for store in self.stores)
        assert twin == real

    @rule(sequence=SEQUENCES, key=KEYS)
    def add_event(self, sequence, key):
        self.both(lambda t: t.add(event(sequence, key=key)))

    @rule(name=NAMES, number=SEQUENCES)
    def add_version(self, name, number):
        self.both(lambda t: t.add(version(name, number)))

    @rule(sequence=SEQUENCES, key=KEYS, action=KEYS)
    def replace_event(self, sequence, key, action):
        self.both(lambda t: t.replace(event(sequence, key=key, action=action)))

    @rule(name=NAMES, number=SEQUENCES, rows=st.integers(0, 2**40))
    def replace_version(self, name, number, rows):
        self.both(lambda t: t.replace(replace(version(name, number), rows=rows)))

    @rule(first=SEQUENCES, second=SEQUENCES, key=KEYS)
    def add_two_or_none(self, first, second, key):
        def work(transaction):
            transaction.add(event(first, key=key))
            transaction.add(event(second, key=f"{key}2"))

        self.both(work)

    @rule(action=KEYS, newest=st.none() | st.integers(0, 3))
    def search(self, action, newest):
        self.both(lambda t: t.find(Event, action=action, newest=newest))

    @rule(name=NAMES, newest=st.none() | st.integers(0, 3))
    def search_versions(self, name, newest):
        self.both(lambda t: t.find(DatasetVersion, dataset=name, newest=newest))

    @rule()
    def reopen(self):
        self.stores[1].close()
        self.stores[1] = SqlMetadata(Path(self.folder.name) / "metadata.db")

    @invariant()
    def hold_the_same(self):
        self.both(lambda t: (t.find(Event), t.find(DatasetVersion)))

    def teardown(self):
        self.stores[1].close()
        self.folder.cleanup()


class TablesTwins(RuleBasedStateMachine):
    @initialize()
    def open(self):
        self.folder = tempfile.TemporaryDirectory()
        self.twin, self.real = MemoryTables(), DeltaTables(Path(self.folder.name))
        self.patched = pytest.MonkeyPatch()
        self.patched.setattr(delta_files, "FAN_IN", 2)  # so that there is something to merge
        self.rows = 0
        self.versions = []  # pairs of equal versions: a store may count merges and new columns too

    def append_to_both(self, rows, marks):
        before = [self.versions[-1]] if self.versions else []
        pair = [
            outcome(lambda store=store: store.append("g/t", rows, marks=marks))
            for store in (self.twin, self.real)
        ]
        if isinstance(pair[0], int) and isinstance(pair[1], int):
            if not before or pair[0] != before[0][0]:
                self.versions.append(tuple(pair))
        else:
            assert pair[0] == pair[1]

    @rule(count=st.integers(0, 5), marks=MARKS)
    def append(self, count, marks):
        values = range(self.rows, self.rows + count)
        self.rows += count
        self.append_to_both(pa.table({"n": pa.array(values, pa.int64())}), marks)

    @rule(marks=MARKS, column=st.sampled_from(["a", "b"]))
    def append_with_another_column(self, marks, column):
        self.append_to_both(pa.table({"n": [self.rows], column: ["text"]}), marks)
        self.rows += 1

    @rule(marks=MARKS)
    def append_with_another_type(self, marks):
        self.append_to_both(pa.table({"a": [1.5]}), marks)

    @precondition(lambda self: self.versions)
    @rule(data=st.data())
    def restore(self, data):
        old = data.draw(st.sampled_from(self.versions))
        self.versions.append((self.twin.restore("g/t", old[0]), self.real.restore("g/t", old[1])))

    @rule()
    def compact(self):
        self.real.compact("g/t")

    @precondition(lambda self: self.versions)
    @rule(data=st.data())
    def read_an_old_version(self, data):
        twin, real = data.draw(st.sampled_from(self.versions))
        assert same(self.twin.snapshot("g/t", twin), self.real.snapshot("g/t", real))

    @invariant()
    def hold_the_same(self):
        assert same(self.twin.snapshot("g/t"), self.real.snapshot("g/t"))

    def teardown(self):
        self.patched.undo()
        self.folder.cleanup()


def same(twin, real):
    if twin is None or real is None:
        return twin is real
    marks = ("m1", "m2", "m3", "m4")
    rows, found = ([without_nulls(row) for row in s.read().to_pylist()] for s in (twin, real))
    return rows == found and [twin.has(m) for m in marks] == [real.has(m) for m in marks]


def without_nulls(row):
    """A column that a restored version did not have yet may stay as a column of nulls."""
    return {name: value for name, value in row.items() if value is not None}


TestMetadataTwins = MetadataTwins.TestCase
TestMetadataTwins.settings = QUIET
TestTablesTwins = TablesTwins.TestCase
TestTablesTwins.settings = QUIET
