"""The ledger over Delta tables is the ledger over tables in memory; many writers at once are one (check C6)."""

import json
import random
import struct
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from everloop.clock import FixedClock
from everloop.ledger.capture import Answered, Context, Received
from everloop.ledger.ledger import Ledger
from everloop.ledger.segment import SegmentLog
from everloop.records.signature import Column, Signature
from everloop.records.target import TargetRule
from everloop.stores.delta_tables import DeltaTables
from everloop.stores.layout import Layout
from everloop.stores.memory_tables import MemoryTables

NOON = int(datetime(2026, 3, 1, 12, tzinfo=UTC).timestamp()) * 10**9
MINUTE = 60 * 10**9
TARGET = TargetRule(outcome="y", within=timedelta(minutes=30), otherwise=0)


def context(*columns, version=1):
    signature = Signature(
        task="classification",
        target="y",
        columns=tuple(Column(name=name, kind=kind, nullable=True) for name, kind in columns),
        classes=(0, 1),
    )
    return Context(
        endpoint="e", variant="champion", model="m", version=version, bundle="b", signature=signature,
        route_table=version, share=1.0,
    )  # fmt: skip


CONTEXTS = [
    context(("Total (EUR)", "number"), ("new", "boolean")),
    context(("total (eur)", "number"), ("Total (EUR)", "category"), ("a 'q' \"d\"", "category"), version=2),
]


def answer(chance, place, number):
    values = [
        {"Total (EUR)": chance.random(), "new": chance.choice([True, False, None])},
        {"total (eur)": place, "Total (EUR)": chance.choice(["x", None]), "a 'q' \"d\"": "é"},
    ][number]
    body = json.dumps({"instances": [values], "ids": [f"mine {place}"]}).encode()
    share = chance.random()
    output = struct.pack("<2f", share, 1 - share)
    return Answered(number, [f"p{place}"], body, output, NOON + place * MINUTE, 10)


@pytest.fixture
def ledgers(tmp_path):
    """The same capture log before two ledgers: Delta below the one, memory below the other."""
    clock = FixedClock(datetime(2026, 3, 1, 13, tzinfo=UTC))
    made = []
    for name, tables in (("delta", DeltaTables(tmp_path / "tables")), ("memory", MemoryTables())):
        layout = Layout(tmp_path / name)
        log = SegmentLog(layout.capture, worker="w")
        for captured in CONTEXTS:
            log.context(captured)
        made.append((Ledger(tables, layout, clock), log))
    return made


def test_delta_and_memory_tell_the_same_story(ledgers):
    told = []
    for ledger, log in ledgers:
        chance = random.Random(4)
        for place in range(60):
            log.append(
                [answer(chance, place, chance.choice([0, 1]))],
                [
                    Received("e", f"p{chance.randrange(70)}", "y", chance.choice([0, 1]), NOON + place * MINUTE,
                             chance.choice([None, NOON + chance.randrange(60) * MINUTE]),
                             revision=chance.choice([0, 0, 2]))
                ],
            )  # fmt: skip
            if place % 7 == 6:
                log.seal()
                ledger.compact()
        told.append((ledger.predictions("e"), ledger.outcomes("e", aside=True), ledger.joined("e", TARGET)))
        log.close()
    for delta, memory in zip(*told, strict=True):
        assert delta.to_pylist() == memory.to_pylist()
        assert delta.column_names == memory.column_names
    assert told[0][0]["id"].to_pylist() == [f"p{n}" for n in range(60)]
    assert {"number.Total (EUR)", "number.total (eur)"} <= set(told[0][0].column_names)


def test_small_files_are_merged_and_the_order_stays(ledgers):
    (ledger, log), _ = ledgers
    chance = random.Random(4)
    for place in range(20):
        log.append([answer(chance, place, place % 2)])
        log.seal()
        ledger.compact()
    log.close()
    assert ledger.predictions("e")["id"].to_pylist() == [f"p{n}" for n in range(20)]


def test_one_outcome_sent_by_ten_workers_at_once_is_one(ledgers, tmp_path):
    (ledger, log), _ = ledgers
    log.append([answer(random.Random(1), 0, 0)])
    log.close()

    def send(number):
        own = SegmentLog(tmp_path / "delta" / "capture")
        own.append((), [Received("e", "p0", "y", 1, NOON + number, key="same")])
        own.close()
        return ledger.compact().outcomes

    with ThreadPoolExecutor(10) as pool:
        entered = sum(pool.map(send, range(10)))
    assert entered == 10
    assert ledger.outcomes("e")["value"].to_pylist() == [1.0]
    assert ledger.counts("e", TARGET).duplicates == 9
    assert ledger.joined("e", TARGET)["truth"].to_pylist() == [1]
