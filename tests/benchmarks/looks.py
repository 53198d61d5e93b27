"""A look at a rollout of a million answers, of which a thousand are new, beside reading all of it, in one run.

    python tests/benchmarks/looks.py [ROWS ...]        100,000 and 1,000,000

Every answer has ten inputs and its shadow, and every second one its truth; either version was fitted on 2,000 rows
with such inputs, which come again and do not count. Beside each look stands the bare reading of what is new:
the capture segment's bytes read and decoded, and nothing made of them. Times are processor time; memory is what
the process takes at most more than before, by the kernel's count.
"""

import json
import struct
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from everloop.clock import SystemClock
from everloop.ledger.capture import Answered, Context, Received
from everloop.ledger.folder import CaptureFolder
from everloop.ledger.kept_finals import Answerer, KeptFinals
from everloop.ledger.kept_truths import KeptTruths
from everloop.ledger.ledger import Ledger
from everloop.ledger.outcome_rows import OUTCOMES
from everloop.ledger.prediction_rows import ENVELOPE
from everloop.ledger.segment import SegmentLog
from everloop.ledger.taught import Taught, TaughtToAny
from everloop.records.endpoint import VersionRef
from everloop.records.loop import RolloutPlan
from everloop.records.signature import Column, Signature
from everloop.records.target import TargetRule
from everloop.rollouts.coding import Coding
from everloop.rollouts.kept_rollout import KeptRollout, Source
from everloop.rollouts.observed import Judged, observe
from everloop.stores.delta_tables import DeltaTables
from everloop.stores.layout import Layout

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
NOON_US = int(NOON.timestamp()) * 10**6
COLUMNS = (
    *(Column(name=f"x{n}", kind="number", nullable=True) for n in range(6)),
    *(Column(name=f"c{n}", kind="category", nullable=True) for n in range(4)),
)
ANIMALS = Signature(task="classification", target="y", columns=COLUMNS, classes=("cat", "dog"))
TARGET, PLAN = TargetRule(outcome="y"), RolloutPlan(steps=(0.1, 0.5))
NEW, COMMIT, ROUNDS, TAUGHT = 1_000, 50_000, 5, 20_000
CAT, DOG = struct.pack("<2f", 0.9, 0.1), struct.pack("<2f", 0.1, 0.9)


def inputs(numbers: np.ndarray) -> dict[str, pa.Array]:
    """What callers sent with the answers of these numbers: each tenth is a row that was taught."""
    rows = np.where(numbers % 10 == 0, numbers % TAUGHT, numbers + TAUGHT)
    return {
        one.name: pa.array(
            rows * 0.37 + place if one.kind == "number" else (rows * (place + 1) % 31).astype(str)
        )
        for place, one in enumerate(COLUMNS)
    }


def stored(start: int, rows: int, *, shadow: bool) -> pa.Table:
    """Answers with these numbers as they lie in the table, or what shadows made of them."""
    numbers = np.arange(start, start + rows)
    own = (numbers % 10 == 0) != shadow
    columns = {field.name: pa.nulls(rows, field.type) for field in ENVELOPE} | {
        "id": pa.array([f"0123456789-{n}" for n in numbers]),
        "variant": pa.array(np.where(own, "candidate", "champion")),
        "model": pa.repeat("m", rows),
        "version": pa.array(np.where(own, 2, 1)),
        "rollout": pa.repeat("pets-1", rows),
        "share": pa.array(np.where(own, 0.1, 0.9)),
        "shadow": pa.repeat(shadow, rows),
        "key_hash": pa.repeat("", rows),
        "output.text": pa.array(np.where((numbers + shadow) % 7 == 0, "cat", "dog")),
        "served_at": pa.array(NOON_US + numbers * 1000).cast(ENVELOPE.field("served_at").type),
        "latency_ms": pa.array(1.0 + numbers % 13),
    }
    envelope = pa.table([columns[field.name] for field in ENVELOPE], schema=ENVELOPE)
    sent = inputs(numbers)
    for column in COLUMNS:
        cells = pa.nulls(rows, sent[column.name].type) if shadow else sent[column.name]
        envelope = envelope.append_column(f"{column.kind}.{column.name}", cells)
    return envelope


def told(start: int, rows: int) -> pa.Table:
    """The truths of every second one."""
    numbers = np.arange(start, start + rows, 2)
    columns = {field.name: pa.nulls(len(numbers), field.type) for field in OUTCOMES} | {
        "prediction": pa.array([f"0123456789-{n}" for n in numbers]),
        "name": pa.repeat("y", len(numbers)),
        "value.text": pa.repeat("dog", len(numbers)),
        "learned_at": pa.array(NOON_US + numbers * 1000 + 10**6).cast(OUTCOMES.field("learned_at").type),
        "source": pa.repeat("us", len(numbers)),
        "key": pa.repeat("", len(numbers)),
    }
    return pa.table([columns[field.name] for field in OUTCOMES], schema=OUTCOMES)


def house(folder: Path, rows: int) -> tuple[Ledger, Layout, DeltaTables]:
    """A ledger with so many answers of a rollout in its tables."""
    layout = Layout(folder)
    tables = DeltaTables(folder / "tables")
    for start in range(0, rows, COMMIT):
        size = min(COMMIT, rows - start)
        both = pa.concat_tables([stored(start, size, shadow=shadow) for shadow in (False, True)])
        tables.append("predictions/pets", both)
        tables.append("outcomes/pets", told(start, size))
    return Ledger(tables, layout, SystemClock()), layout, tables


def capture(log: SegmentLog, start: int, rows: int) -> None:
    """Answers, shadows and truths that are new, and truths of answers from all over the past."""
    numbers = {}
    for who, shadow in (("champion", False), ("candidate", True)):
        numbers[who] = log.context(
            Context(
                endpoint="pets", variant=who, model="m", version=1, bundle="b" * 64, signature=ANIMALS,
                route_table=1, share=0.1 if shadow else 0.9, rollout="pets-1", shadow=shadow,
            )
        )  # fmt: skip
    for n in range(start, start + rows):
        ids, at = [f"0123456789-{n}"], (NOON_US + n * 1000) * 1000
        body = json.dumps({"instances": [{name: c[0].as_py() for name, c in inputs(np.array([n])).items()}]})
        answer = Answered(numbers["champion"], ids, body.encode(), DOG, at, 900)
        log.append([answer, Answered(numbers["candidate"], ids, b"", CAT, at, 20)])
    past = np.random.default_rng(start).integers(0, start // 2, rows) * 2 + 1
    late = [
        Received("pets", f"0123456789-{n}", "y", "dog", (NOON_US + start * 1000) * 1000) for n in set(past)
    ]
    log.append((), late)


def peak_mb() -> float:
    """The most memory that the process had since it was last asked to forget it."""
    status = Path("/proc/self/status").read_text()
    return int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM"))) / 1024


def forget_peak() -> float:
    """Begin to count anew; what it has now."""
    pa.default_memory_pool().release_unused()
    Path("/proc/self/clear_refs").write_text("5")
    return peak_mb()


def timed(work):
    """What it answers, the milliseconds of processor time that it took, and the megabytes more at most."""
    before, start = forget_peak(), time.process_time()
    found = work()
    return found, (time.process_time() - start) * 1e3, peak_mb() - before


def show(what: str, ms: float, mb: float) -> None:
    """One line."""
    print(f"  {what:58s}{ms:9.1f} ms{mb:9.1f} MB")


def bench(rows: int) -> None:
    """All figures of one size."""
    with tempfile.TemporaryDirectory() as name:
        ledger, layout, _ = house(Path(name), rows)
        log = SegmentLog(layout.capture)
        now = NOON + timedelta(days=2)
        taught = TaughtToAny.of(
            {"m@1": (COLUMNS, Taught.of(COLUMNS, pa.table(inputs(np.arange(0, TAUGHT, 10)))))}
        )
        source = Source(ledger, "pets", "pets-1", TARGET, NOON, taught)
        coding = Coding.of(ANIMALS, ANIMALS)
        kept = KeptRollout(Judged.of(PLAN, TARGET, (ANIMALS, ANIMALS), NOON, coding))
        print(f"{rows:,} answers with their shadows, {rows // 2:,} truths")
        _, first_ms, first_mb = timed(lambda: kept.look(source, now))
        show("the first look, which reads all", first_ms, first_mb)
        capture(log, rows, NEW)
        looks = [timed(lambda: kept.look(source, now)) for _ in range(ROUNDS)]
        show(
            f"a look with {NEW:,} new answers, shadows and truths",
            *(min(one[n] for one in looks) for n in (1, 2)),
        )
        size = sum(bytes_ for _, bytes_ in CaptureFolder(layout.capture).sizes())
        bare = [
            timed(
                lambda: [
                    CaptureFolder(layout.capture).read(one) for one in CaptureFolder(layout.capture).ids()
                ]
            )
            for _ in range(ROUNDS)
        ]
        show(
            f"the limit: {size / 1e3:,.0f} KB of them read and decoded",
            *(min(one[n] for one in bare) for n in (1, 2)),
        )
        log.seal()
        ledger.compact()
        found, ms, mb = timed(lambda: kept.look(source, now))
        show("the look after they were moved into the tables", ms, mb)
        expected, ms, mb = timed(lambda: whole(ledger, taught, now))
        assert found == expected
        show("a full read, which says the same", ms, mb)
        news(ledger, layout, rows)
        monitored(ledger, layout, rows + 2 * NEW)


def whole(ledger: Ledger, taught: TaughtToAny, now: datetime):
    """What a full read says."""
    rows = ledger.rollout("pets", "pets-1", TARGET, now, since=NOON, taught=taught)
    return observe(rows, plan=PLAN, target=TARGET, champion=ANIMALS, candidate=ANIMALS, since=NOON)


def news(ledger: Ledger, layout: Layout, rows: int) -> None:
    """What the triggers ask."""
    counts, now = KeptTruths(), NOON + timedelta(days=2)
    _, ms, mb = timed(lambda: counts.of(ledger, "pets", TARGET, now))
    show("the first news, which read all", ms, mb)
    log = SegmentLog(layout.capture)
    capture(log, rows + NEW, NEW)
    _, ms, mb = timed(lambda: counts.of(ledger, "pets", TARGET, now))
    show(f"news with {NEW:,} new answers and truths", ms, mb)
    log.close()


def monitored(ledger: Ledger, layout: Layout, rows: int) -> None:
    """What the monitors of quality ask where truth has no window: whose truth became known since the last window."""
    finals, version = KeptFinals(), VersionRef(model="m", number=1)
    asked = Answerer(endpoint="pets", outcome="y", version=version, since=NOON)
    now, upto = NOON + timedelta(days=2), NOON + timedelta(milliseconds=rows - 1)
    _, ms, mb = timed(lambda: finals.between(ledger, asked, upto, now))
    show("the first look of the monitors, which reads all", ms, mb)
    log = SegmentLog(layout.capture)
    capture(log, rows, NEW)
    found, ms, mb = timed(lambda: finals.between(ledger, asked, upto, now))
    show(f"a look of the monitors with {NEW:,} new answers and truths", ms, mb)
    expected, ms, mb = timed(lambda: final(ledger, upto))
    assert set(found["id"].to_pylist()) == set(expected["id"].to_pylist())
    show("the full join, which finds the same", ms, mb)
    log.close()


def final(ledger: Ledger, upto: datetime) -> pa.Table:
    """The champion's answers with one truth, learned since, by joining all of them."""
    rows = ledger.joined("pets", TARGET, columns=("model", "version"), since=NOON)
    own = pc.and_(pc.equal(rows["version"], 1), rows["output"].is_valid())
    once = pc.and_(pc.equal(rows["revision"], 1), pc.greater_equal(rows["learned_at"], pa.scalar(upto)))
    return rows.filter(pc.and_(own, once))


if __name__ == "__main__":
    for wanted in [int(given) for given in sys.argv[1:]] or [100_000, 1_000_000]:
        bench(wanted)
