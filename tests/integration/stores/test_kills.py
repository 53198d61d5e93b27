"""Writers are killed in the midst of it; what they had said was done is there, once, and nothing is in part."""

import json
import os
import random
import signal
import subprocess
import sys
import threading
from collections import Counter
from pathlib import Path

import pytest

from everloop.datasets.content import read
from everloop.datasets.versions import versions
from everloop.records.event import Event
from everloop.stores.delta_tables import DeltaTables
from everloop.stores.sql_metadata import SqlMetadata

ROWS = 10


class Nursery:
    """The children of one nursery, what they tried and what they did."""

    def __init__(self, kind, root):
        self.tried, self.done, self.said = [], [], []
        self._process = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("nursery.py")), kind, str(root)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def live(self, children, *, until_done=None):
        """Lets so many children write, kills them together after so many writes, waits for their end."""
        open_keys = [key for key in self.tried if key not in set(self.done)]
        shares = [open_keys[n::children] for n in range(children)]
        self._process.stdin.write(json.dumps(shares) + "\n")
        self._process.stdin.flush()
        pids, done = [], 0
        for line in self._process.stdout:
            word, _, rest = line.strip().partition(" ")
            if word == "all":
                return
            assert word != "failed", line
            done += word == "done"
            {"child": pids, "try": self.tried, "done": self.done}.get(word, self.said).append(rest)
            if done == until_done and len(pids) == children:
                until_done = None
                for pid in pids:
                    os.kill(int(pid), signal.SIGKILL)

    def close(self):
        self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()


@pytest.fixture
def nursery(tmp_path):
    made = []

    def make(kind):
        made.append(Nursery(kind, tmp_path))
        return made[-1]

    yield make
    for one in made:
        one.close()


def test_two_writers_of_one_table_killed_8_times_lose_and_double_nothing(nursery, tmp_path):
    writers, seen, stop = nursery("tables"), [], threading.Event()

    def watch():
        tables = DeltaTables(tmp_path)
        while not stop.wait(0.02):
            snapshot = tables.snapshot("datasets/x")
            if snapshot is not None:
                seen.append((snapshot.version, snapshot.dataset().count_rows()))

    reader = threading.Thread(target=watch)
    reader.start()
    chance = random.Random(5)
    for _ in range(8):
        writers.live(2, until_done=chance.randint(3, 8))
    stop.set()
    reader.join()
    rows = DeltaTables(tmp_path).snapshot("datasets/x").read().to_pylist()
    found = Counter(row["key"] for row in rows)
    assert set(writers.done) <= set(found) <= set(writers.tried)
    assert set(found.values()) == {ROWS}
    assert [row["row"] for row in rows] == list(range(ROWS)) * len(found)
    assert len(seen) > 10
    assert all(count % ROWS == 0 for _, count in seen)
    assert seen == sorted(seen)


def test_two_writers_of_one_dataset_killed_8_times_leave_whole_versions(nursery, tmp_path):
    writers, chance = nursery("dataset"), random.Random(7)
    for _ in range(8):
        writers.live(2, until_done=chance.randint(2, 5))
    store, tables = SqlMetadata(tmp_path / "metadata.db"), DeltaTables(tmp_path / "tables")
    with store.transaction() as transaction:
        found = versions(transaction, "x")
    store.close()
    assert set(writers.done) <= {v.key for v in found} <= set(writers.tried)
    assert len({v.key for v in found}) == len(found)
    assert [v.number for v in found] == list(range(1, len(found) + 1))
    assert [v.rows for v in found] == [ROWS * n for n in range(1, len(found) + 1)]
    last = read(tables, found[-1])
    assert last["key"].to_pylist() == [v.key for v in found for _ in range(ROWS)]
    middle = found[len(found) // 2]
    assert read(tables, middle).equals(last.slice(0, middle.rows))


def test_a_writer_of_metadata_killed_20_times_loses_and_doubles_nothing(nursery, tmp_path):
    writer, chance = nursery("metadata"), random.Random(9)
    for _ in range(20):
        writer.live(1, until_done=chance.randint(5, 25))
    store = SqlMetadata(tmp_path / "metadata.db")
    with store.transaction() as transaction:
        found = transaction.find(Event)
    store.close()
    keys = [event.key for event in found]
    assert set(writer.done) <= set(keys) <= set(writer.tried)
    assert len(set(keys)) == len(keys)
    assert [event.sequence for event in found] == list(range(1, len(found) + 1))


def test_of_two_processes_that_replace_one_record_one_wins_each_round(nursery):
    race = nursery("race")
    race.live(2)
    numbers = [int(said.split()[0]) for said in race.said]
    assert sorted(numbers) == list(range(1, 41))
    assert len({key.split("-")[0] for key in race.tried}) == 2
