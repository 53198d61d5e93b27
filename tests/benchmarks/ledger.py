"""The ledger beside what it stands on: raw writes, JSON decoding, a bare Delta append, a bare hash join.

`python tests/benchmarks/ledger.py [--rows 100000] [--rounds 3]`. Every figure is the best of its rounds, taken in
turns in one run; processor seconds where a rate is per core. Ratios carry over to other machines, rates do not.
"""

import argparse
import json
import os
import random
import struct
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import msgspec
import pyarrow as pa
from deltalake import write_deltalake

from everloop.clock import SystemClock
from everloop.ledger.capture import Answered, Context, Received
from everloop.ledger.frames import Kind, to_frame
from everloop.ledger.ledger import Ledger
from everloop.ledger.segment import SegmentLog
from everloop.records.signature import Column, Signature
from everloop.records.target import TargetRule
from everloop.stores.delta_tables import DeltaTables
from everloop.stores.layout import Layout

WIDTH = 30
OUTPUT = struct.pack("<2f", 0.25, 0.75)
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def context() -> Context:
    columns = tuple(Column(name=f"column_{n}", kind="number", nullable=True) for n in range(WIDTH))
    signature = Signature(task="classification", target="y", columns=columns, classes=(0, 1))
    return Context(
        endpoint="bench", variant="champion", model="m", version=1, bundle="b" * 64, signature=signature,
        route_table=1, share=1.0,
    )  # fmt: skip


def requests(count: int) -> list[Answered]:
    chance = random.Random(1)
    bodies = [
        json.dumps({"instances": [{f"column_{n}": round(chance.random(), 5) for n in range(WIDTH)}]}).encode()
        for _ in range(1000)
    ]
    start = int(NOON.timestamp()) * 10**9
    return [
        Answered(0, [f"0123456789-{n}"], bodies[n % 1000], OUTPUT, start + n * 10**6, 80)
        for n in range(count)
    ]


def timed(work: Callable[[], object], clock: Callable[[], float]) -> float:
    start = clock()
    work()
    return clock() - start


def capture(folder: Path, answers: list[Answered], group: int) -> dict[str, float]:
    """Microseconds a tick of `group` requests: a bare write of the same bytes, and the append."""
    log = SegmentLog(folder / f"capture-{group}", max_bytes=1 << 40)
    log.context(context())
    ticks = [answers[n : n + group] for n in range(0, min(len(answers), 20_000), group)]
    frame = to_frame(Kind.ANSWERS, ticks[0])
    raw = os.open(folder / "raw", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        writes = timed(lambda: [os.write(raw, frame) for _ in ticks], time.perf_counter)
    finally:
        os.close(raw)
        (folder / "raw").unlink()
    appends = timed(lambda: [log.append(tick) for tick in ticks], time.perf_counter)
    log.close()
    return {"bare write": writes / len(ticks) * 1e6, "append": appends / len(ticks) * 1e6}


def compaction(folder: Path, answers: list[Answered]) -> tuple[Ledger, dict[str, float]]:
    """Rows a processor second: the compactor, and its parts bare."""
    layout = Layout(folder)
    log = SegmentLog(layout.capture, max_bytes=1 << 40)
    log.context(context())
    for n in range(0, len(answers), 16):
        log.append(answers[n : n + 16])
    log.close()
    ledger = Ledger(DeltaTables(layout.tables), layout, SystemClock())
    compacting = timed(ledger.compact, time.process_time)
    rows = ledger.predictions("bench")
    bare = timed(lambda: write_deltalake(folder / "bare", rows), time.process_time)
    decoder = msgspec.json.Decoder()
    decoding = timed(lambda: [decoder.decode(answer.body) for answer in answers], time.process_time)
    count = len(answers)
    return ledger, {
        "compacted": count / compacting,
        "bare Delta write": count / bare,
        "bare JSON decode": count / decoding,
    }


def joining(folder: Path, ledger: Ledger, answers: list[Answered]) -> dict[str, float]:
    """Predictions a second: the join with half as many outcomes, and a bare DuckDB join of the ids."""
    layout = Layout(folder)
    log = SegmentLog(layout.capture, max_bytes=1 << 40)
    told = [
        Received("bench", answer.ids[0], "y", n % 2, answer.served_at + 10**9)
        for n, answer in enumerate(answers[::2])
    ]
    for n in range(0, len(told), 1000):
        log.append((), told[n : n + 1000])
    log.close()
    ledger.compact()
    target = TargetRule(outcome="y", within=timedelta(hours=1), otherwise=0)
    joined = timed(lambda: ledger.joined("bench", target), time.perf_counter)
    left = pa.table({"id": [answer.ids[0] for answer in answers]})
    right = pa.table({"id": [outcome.prediction for outcome in told], "value": [o.value for o in told]})
    bare = timed(lambda: _bare_join(left, right), time.perf_counter)
    return {"joined": len(answers) / joined, "bare join of ids": len(answers) / bare}


def watching(folder: Path, answers: list[Answered]) -> dict[str, float]:
    """Answers a processor second: what a look at a rollout reads, shadows and half as many outcomes among them."""
    layout = Layout(folder)
    log = SegmentLog(layout.capture, max_bytes=1 << 40)
    named = {"endpoint": "bench", "rollout": "bench-1"}
    champion = log.context(msgspec.structs.replace(context(), **named))
    candidate = log.context(msgspec.structs.replace(context(), variant="candidate", shadow=True, **named))
    for n in range(0, len(answers), 16):
        some = answers[n : n + 16]
        log.append([msgspec.structs.replace(one, context=champion) for one in some])
        log.append([msgspec.structs.replace(one, context=candidate, body=b"") for one in some])
        log.append((), [Received("bench", one.ids[0], "y", 1, one.served_at + 10**9) for one in some[::2]])
    log.close()
    ledger = Ledger(DeltaTables(layout.tables), layout, SystemClock())
    target = TargetRule(outcome="y")
    fresh = timed(lambda: ledger.rollout("bench", "bench-1", target), time.process_time)
    ledger.compact()
    compacted = timed(lambda: ledger.rollout("bench", "bench-1", target), time.process_time)
    return {"compacted": len(answers) / compacted, "before their compaction": len(answers) / fresh}


def _bare_join(left: pa.Table, right: pa.Table) -> pa.Table:
    with duckdb.connect(":memory:", config={"threads": "2"}) as connection:
        connection.register("l", left)
        connection.register("r", right)
        return connection.sql("SELECT l.id, r.value FROM l LEFT JOIN r USING (id)").to_arrow_table()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    answers = requests(given.rows)
    ticks: dict[int, list[dict[str, float]]] = {1: [], 16: [], 64: []}
    compacted, joined, watched = [], [], []
    for _ in range(given.rounds):
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            for group, found in ticks.items():
                found.append(capture(folder, answers, group))
            ledger, rates = compaction(folder / "workspace", answers)
            compacted.append(rates)
            joined.append(joining(folder / "workspace", ledger, answers))
            watched.append(watching(folder / "rollout", answers))
    for group, found in ticks.items():
        bare, append = (min(one[name] for one in found) for name in ("bare write", "append"))
        print(f"capture, {group:2d} requests a tick: {append:6.1f} us, a bare write {bare:6.1f} us")
    _show(f"compaction, {WIDTH} columns, rows a core second", compacted)
    _show("join, predictions a second", joined)
    _show("a look at a rollout, answers with their shadows a core second", watched)


def _show(title: str, rounds: list[dict[str, float]]) -> None:
    best = {name: max(one[name] for one in rounds) for name in rounds[0]}
    ours = next(iter(best.values()))
    others = ", ".join(f"{name} {rate:,.0f} ({ours / rate:.2f})" for name, rate in list(best.items())[1:])
    print(f"{title}: {ours:,.0f}; beside {others}")


if __name__ == "__main__":
    main()
