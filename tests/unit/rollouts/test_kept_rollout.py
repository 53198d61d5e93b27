"""A rollout that is looked at step by step says at each what a full read says."""

import json
import random
import struct
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pytest

from everloop.clock import FixedClock
from everloop.ledger.capture import Answered, Context, Received
from everloop.ledger.ledger import Ledger
from everloop.ledger.segment import SegmentLog
from everloop.ledger.taught import Taught, TaughtToAny
from everloop.records.loop import RolloutPlan
from everloop.records.signature import Column, Signature
from everloop.records.target import TargetRule
from everloop.rollouts import frame
from everloop.rollouts.coding import Coding
from everloop.rollouts.kept_rollout import KeptRollout, Source
from everloop.rollouts.observed import Judged, observe
from everloop.rollouts.scores import needs_probabilities
from everloop.statistics.sequential.moments import Moments
from everloop.stores.layout import Layout
from everloop.stores.memory_tables import MemoryTables

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
SIZE = (Column(name="size", kind="number", nullable=True),)
ANIMALS = Signature(task="classification", target="y", columns=SIZE, classes=("cat", "dog"))
BIKES = Signature(task="regression", target="y", columns=SIZE)
WINDOW = timedelta(minutes=1)


class House:
    """A ledger in which anything may happen, and two ways to look at the rollout in it."""

    def __init__(
        self, folder, signature: Signature, plan: RolloutPlan, target: TargetRule, seed: int
    ) -> None:
        self.chance = random.Random(seed)
        self.signature, self.plan, self.target = signature, plan, target
        self.layout, self.clock = Layout(folder), FixedClock(NOON)
        self.logs = [SegmentLog(self.layout.capture) for _ in range(2)]
        self.ledger = Ledger(MemoryTables(), self.layout, self.clock)
        coding = Coding.of(signature, signature)
        self.kept = KeptRollout(Judged.of(plan, target, (signature, signature), NOON, coding))
        rows = pa.table({"size": [0.5, 1.0, 1.5, 2.0]})
        self.taught = TaughtToAny.of({"m@1": (SIZE, Taught.of(SIZE, rows))})
        self.ids, self.later, self.share = [], [], 0.1

    def now(self, shift=0.0) -> int:
        return round((self.clock.now().timestamp() + shift) * 1e6) * 1000

    def context(self, log, who: str, *, shadow=False) -> int:
        share = self.share if who == "candidate" else 1 - self.share
        return log.context(
            Context(
                endpoint="pets", variant=who, model="m", version=1, bundle="b" * 64, signature=self.signature,
                route_table=1, share=share, rollout="pets-1", shadow=shadow,
            )
        )  # fmt: skip

    def output(self, rows: int) -> tuple[bytes, str]:
        if self.chance.random() < 0.1:
            return b"", "the model failed"
        if self.signature.classes:
            numbers = [n for _ in range(rows) for n in self.chance.choice([(0.9, 0.1), (0.25, 0.75)])]
        else:
            numbers = [round(self.chance.uniform(0, 10), 1) for _ in range(rows)]
        return struct.pack(f"<{len(numbers)}f", *numbers), ""

    def answer(self) -> None:
        log, rows = self.chance.choice(self.logs), self.chance.choice([1, 1, 1, 3])
        by, other = self.chance.sample(["champion", "candidate"], 2)
        ids = [f"{log.worker}-{len(self.ids) + n}" for n in range(rows)]
        self.ids += ids
        served = self.now(-self.chance.choice([0.0, 0.0, 0.001, 200.0]))
        key = self.chance.choice(["", "", *(f"caller {n}" for n in range(200))])
        output, error = self.output(rows)
        latency = self.chance.choice([900, 1500, 40_000])
        context = self.context(log, by)
        instances = [{"size": self.chance.choice([1.0, 2, 3.0, 4.5, None])} for _ in range(rows)]
        body = json.dumps({"instances": instances}).encode()
        log.append([Answered(context, ids, body, output, served, latency, key, error)])
        if self.chance.random() < 0.9:
            output, error = self.output(rows)
            shadow = Answered(self.context(log, other, shadow=True), ids, b"", output, served, 20, key, error)
            soon = self.chance.random() < 0.7
            self.later += [] if soon else [(log, shadow)]
            if soon:
                log.append([shadow])

    def shadow(self) -> None:
        if self.later:
            log, shadow = self.later.pop(self.chance.randrange(len(self.later)))
            log.append([shadow])

    def tell(self) -> None:
        """About any answer, or one that is yet to come; again, otherwise, too late, under a number."""
        known = self.ids[-40:] if self.chance.random() < 0.8 else self.ids
        name = self.chance.choice(known) if known and self.chance.random() < 0.95 else self.ahead()
        animals = ("cat", "dog", "dog", "cow")
        value = (
            self.chance.choice(animals)
            if self.signature.classes
            else self.chance.choice([1.5, 4, 7.5, "n/a"])
        )
        happened = self.chance.choice([None, None, self.now(-5), self.now(90)])
        revision = self.chance.choice([0, 0, 0, 1, 2])
        told = Received("pets", name, "y", value, self.now(), happened, "us", 1.0, revision)
        for _ in range(self.chance.choice([1, 1, 2])):
            self.chance.choice(self.logs).append((), [told])

    def ahead(self) -> str:
        return f"{self.chance.choice(self.logs).worker}-{len(self.ids) + self.chance.randrange(3)}"

    def step(self) -> None:
        for _ in range(self.chance.choice([1, 5, 20])):
            self.answer()
            self.shadow() if self.chance.random() < 0.1 else None
            for _ in range(self.chance.choice([0, 1, 1, 2])):
                self.tell()
            self.clock.advance(timedelta(seconds=self.chance.choice([0, 0.001, 1, 7])))
        if self.chance.random() < 0.4:
            log = self.chance.choice(self.logs)
            log.seal()
        if self.chance.random() < 0.3:
            self.ledger.compact()
        if self.chance.random() < 0.05:
            self.share = 0.5
            self.clock.advance(timedelta(hours=self.chance.choice([0, 25])))

    def look(self):
        source = Source(self.ledger, "pets", "pets-1", self.target, NOON - timedelta(hours=1), self.taught)
        return self.kept.look(source, self.clock.now())

    def full(self):
        probabilities = needs_probabilities(self.plan.metric)
        rows = self.ledger.rollout(
            "pets", "pets-1", self.target, self.clock.now(), since=NOON - timedelta(hours=1),
            probabilities=probabilities, taught=self.taught,
        )  # fmt: skip
        return observe(
            rows, plan=self.plan, target=self.target, champion=self.signature, candidate=self.signature,
            since=NOON,
        )  # fmt: skip


def alike(found, expected) -> bool:
    """Equal, but for the last digits of sums of floats."""
    if isinstance(expected.differences, Moments):
        some, others = found.differences, expected.differences
        assert (some.average, some.squares) == pytest.approx((others.average, others.squares), rel=1e-9)
        found = replace(found, differences=replace(others, rows=some.rows))
    return found == expected


@pytest.mark.parametrize(
    ("metric", "truth", "within", "otherwise"),
    [
        ("", "fixed", None, None),
        ("", "fixed", WINDOW, None),
        ("", "reaction", None, None),
        ("", "reaction", WINDOW, "dog"),
        ("log_loss", "fixed", WINDOW, "dog"),
        ("mae", "fixed", None, None),
        ("mae", "reaction", WINDOW, 2.5),
    ],
)
def test_each_look_says_what_a_full_read_says(tmp_path, monkeypatch, metric, truth, within, otherwise):
    monkeypatch.setattr(frame, "CENTRE_ROWS", 10)
    monkeypatch.setattr(frame, "BIN_ROWS", 20)
    signature = BIKES if metric == "mae" else ANIMALS
    target = TargetRule(outcome="y", within=within, otherwise=otherwise, truth=truth)
    house = House(tmp_path, signature, RolloutPlan(steps=(0.1, 0.5), metric=metric), target, seed=3)
    for _ in range(14):
        house.step()
        found, expected = house.look(), house.full()
        assert alike(found, expected)
    assert expected.stretches
    assert "are of rows that a version was fitted on" in expected.left_out
    assert expected.differences.rows
