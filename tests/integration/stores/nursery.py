"""Starts writing processes quickly, for tests that kill them: it imports once, then forks.

    python nursery.py KIND ROOT

Each line on its input is a JSON list of lists of keys, and starts one child for each inner list. A child first
repeats those keys, then makes up its own without end. It says `try KEY` before each write, `done KEY` after it.
The nursery says `child PID` for each, and `all dead` when the last has ended.
"""

import json
import os
import sys
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

import pyarrow as pa

from everloop import events
from everloop.clock import SystemClock
from everloop.datasets.append import appending, record, written
from everloop.records.actor import Actor
from everloop.records.dataset import DatasetVersion
from everloop.stores.delta_tables import DeltaTables
from everloop.stores.layout import Layout
from everloop.stores.lock import WriterLock
from everloop.stores.sql_metadata import SqlMetadata

ROWS = 10
LAST = 40  # of the numbers in a race


class Shared:
    """Metadata of several processes: each has it open for as long as a transaction lasts."""

    def __init__(self, root):
        self._path, self._lock = root / "metadata.db", WriterLock(root / "lock")

    @contextmanager
    def transaction(self):
        with self._lock.held(purpose="a transaction", timeout=30):
            store = SqlMetadata(self._path)
            with store.transaction() as transaction:
                yield transaction
            store.close()


def to_tables(root):
    store = DeltaTables(root)
    return lambda key: store.append("datasets/x", _rows(key), marks=[key])


def to_metadata(root):
    store = SqlMetadata(root / "metadata.db")

    def write(key):
        with store.transaction() as transaction:
            if events.by_key(transaction, key) is None:
                actor = Actor(kind="system", name="test")
                events.append(
                    transaction, clock=SystemClock(), actor=actor, action="a", subject="s" * 500, key=key
                )

    return write


def to_dataset(root):
    """Has the metadata open for its transactions only: the dataset's lock alone keeps others from its table."""
    layout, tables, metadata = Layout(root), DeltaTables(root / "tables"), Shared(root)
    layout.run.mkdir(exist_ok=True)

    def write(key):
        with appending(layout, "x"):
            new = written(metadata, tables, dataset="x", rows=_rows(key), key=key, clock=SystemClock())
            with metadata.transaction() as transaction:
                record(transaction, new)

    return write


def race(root):
    """Both children try to take each number; the record says who has the last."""
    lock = WriterLock(root / "lock")
    mine = os.getpid()

    def write(key):
        with lock.held(purpose="race", timeout=30):
            store = SqlMetadata(root / "metadata.db")
            with store.transaction() as transaction:
                found = transaction.get(DatasetVersion, "race", 1)
                if found is None:
                    transaction.add(_contested())
                elif found.rows < LAST:
                    transaction.replace(replace(found, rows=found.rows + 1))
                    os.write(1, f"won {found.rows + 1} {mine}\n".encode())
                else:
                    os._exit(0)
            store.close()

    return write


KINDS = {"tables": to_tables, "metadata": to_metadata, "dataset": to_dataset, "race": race}


def _rows(key):
    return pa.table({"key": [key] * ROWS, "row": pa.array(range(ROWS), pa.int64())})


def _contested():
    return DatasetVersion(
        dataset="race",
        number=1,
        table_version=0,
        digest="",
        rows=0,
        added=0,
        fields=(),
        created_at=datetime.now(UTC),
    )


def _live(make, root, repeated):
    write = make(root)
    own = (f"{os.getpid()}-{number}" for number in count())
    for keys in (repeated, own):
        for key in keys:
            os.write(1, f"try {key}\n".encode())
            write(key)
            os.write(1, f"done {key}\n".encode())


def main():
    kind, root = sys.argv[1:]
    for line in sys.stdin:
        children = []
        for repeated in json.loads(line):
            child = os.fork()
            if child == 0:
                try:
                    _live(KINDS[kind], Path(root), repeated)
                except BaseException as error:
                    os.write(1, f"failed {error!r}\n".encode())
                finally:
                    os._exit(1)
            children.append(child)
            os.write(1, f"child {child}\n".encode())
        for child in children:
            os.waitpid(child, 0)
        os.write(1, b"all dead\n")


if __name__ == "__main__":
    main()
