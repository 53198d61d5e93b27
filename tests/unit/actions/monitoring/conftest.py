"""An endpoint in memory: a dataset, a linear model on it, and a capture log that tests fill with what callers sent."""

import struct
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import msgspec
import numpy as np
import pyarrow as pa
import pytest

from everloop.actions.append_rows import AppendRequest, append_rows
from everloop.actions.context import Context
from everloop.actions.deploy import DeployRequest, deploy
from everloop.actions.monitor_endpoint import monitor
from everloop.bundles.door import open_bundle
from everloop.bundles.encoding import encode
from everloop.clock import FixedClock
from everloop.ledger.capture import Answered, Received
from everloop.ledger.capture import Context as Answering
from everloop.ledger.segment import SegmentLog
from everloop.records.actor import Actor
from everloop.records.alert import Alert
from everloop.records.codec import to_json
from everloop.records.event import Event
from everloop.records.model_version import ModelVersion
from everloop.records.monitor import MonitorStanding, MonitorWindow
from everloop.records.names import new_id
from everloop.records.recipe import RecipeRecord
from everloop.records.signature import Column
from everloop.records.target import TargetRule
from everloop.registry.versions import register
from everloop.settings import Settings
from everloop.stores.memory_blobs import MemoryBlobs
from everloop.stores.memory_metadata import MemoryMetadata
from everloop.stores.memory_tables import MemoryTables
from everloop.stores.workspace_folder import create_workspace
from everloop.testing.linear_bundle import linear_bundle

START = datetime(2026, 1, 1, tzinfo=UTC)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
TARGET = TargetRule(outcome="y")


class NoRunner:
    """Nothing is trained here."""

    def claim(self, run: str) -> None: ...
    def start(self, run: str) -> None: ...
    def release(self, run: str) -> None: ...


@dataclass
class Shop:
    """The endpoint `shop`, and time that passes as it answers: a row a second."""

    context: Context
    log: SegmentLog
    version: ModelVersion | None = None
    asked: int = 0
    answers: dict[str, object] = field(default_factory=dict)

    def again(self) -> Context:
        return replace(self.context, key=new_id("key"))

    def pass_time(self, seconds: float) -> None:
        self.context.clock.advance(timedelta(seconds=seconds))

    def learn(
        self, table: pa.Table, columns: tuple[Column, ...], weights, *, target=TARGET, **bundle
    ) -> None:
        """Append the table to the dataset, and deploy a linear model of it."""
        append_rows(replace(self.again(), table=table), AppendRequest(dataset="shop"))
        digest = linear_bundle(self.context.layout.bundles, columns, weights, **bundle)
        signature = open_bundle(self.context.layout.bundles, digest).manifest.signature
        recipe = RecipeRecord(estimator="linear", estimator_digest="e", hyperparameters={}, target=target)
        with self.context.metadata.transaction() as transaction:
            self.version = register(
                transaction,
                ModelVersion(
                    model="shop",
                    number=0,
                    bundle=digest,
                    run=new_id("run"),
                    recipe=self.context.blobs.write(to_json(recipe)),
                    dataset="shop",
                    dataset_version=1,
                    data_digest="d",
                    code_version="",
                    environment={},
                    signature=signature,
                    target=target,
                    created_at=START,
                    by=Actor(kind="person", name="ada"),
                ),
            )
        deploy(
            self.again(),
            DeployRequest(endpoint="shop", model="shop", version=self.version.number, override="a test"),
        )

    def ask(self, rows: list[dict[str, object]], **fields) -> list[str]:
        """Answer the rows by the champion, a second after one another; their ids."""
        signature, given = self.version.signature, []
        table = pa.table(
            {c.name: pa.array([r.get(c.name) for r in rows], _TYPES[c.kind]) for c in signature.columns}
        )
        outputs = (
            open_bundle(self.context.layout.bundles, self.version.bundle)
            .runtime()
            .predict(encode(signature, table))
        )
        answering = Answering(
            endpoint="shop",
            variant="champion",
            model="shop",
            version=self.version.number,
            bundle=self.version.bundle,
            signature=signature,
            route_table=1,
            share=1.0,
        )
        number = self.log.context(msgspec.structs.replace(answering, **fields))
        for row, output in zip(rows, np.atleast_2d(outputs.reshape(len(rows), -1)), strict=True):
            self.pass_time(1)
            self.asked += 1
            name = f"p{self.asked:07d}"
            self.answers[name] = (
                signature.classes[int(output.argmax())] if signature.classes else float(output[0])
            )
            given.append(
                Answered(
                    number,
                    [name],
                    msgspec.json.encode({"instances": [row]}),
                    struct.pack(f"<{len(output)}f", *output),
                    self.now_ns(),
                    1500,
                )
            )
        self.log.append(given)
        return [answer.ids[0] for answer in given]

    def tell(self, ids: list[str], truths: list[object], name: str = "y") -> None:
        """The truth comes back, now."""
        self.pass_time(1)
        self.log.append(
            (), [Received("shop", i, name, t, self.now_ns()) for i, t in zip(ids, truths, strict=True)]
        )

    def look(self) -> int:
        """Look once, two seconds later."""
        self.pass_time(2)
        return monitor(self.again(), "shop")

    def now_ns(self) -> int:
        return (self.context.clock.now() - EPOCH) // timedelta(microseconds=1) * 1000

    def alerts(self, state: str = "open") -> list[Alert]:
        with self.context.metadata.transaction() as transaction:
            return list(transaction.find(Alert, endpoint="shop", state=state))

    def windows(self, watches: str = "inputs") -> list[MonitorWindow]:
        with self.context.metadata.transaction() as transaction:
            found = transaction.find(MonitorWindow, endpoint="shop", watches=watches)
        return sorted(found, key=lambda w: w.number)

    def standing(self) -> MonitorStanding | None:
        with self.context.metadata.transaction() as transaction:
            return transaction.get(MonitorStanding, "shop")

    def events(self, action: str) -> list[Event]:
        with self.context.metadata.transaction() as transaction:
            return list(transaction.find(Event, action=action))


_TYPES = {"number": pa.float64(), "boolean": pa.bool_(), "category": pa.string()}


@pytest.fixture
def shop(tmp_path):
    context = Context(
        layout=create_workspace(tmp_path / ".everloop"),
        settings=Settings(),
        clock=FixedClock(START),
        metadata=MemoryMetadata(),
        tables=MemoryTables(),
        blobs=MemoryBlobs(),
        actor=Actor(kind="person", name="ada"),
        key="first",
        runner=NoRunner(),
    )
    log = SegmentLog(context.layout.capture)
    yield Shop(context, log)
    log.close()


COLUMNS = (
    Column(name="age", kind="number", nullable=False),
    Column(name="visits", kind="number", nullable=True),
    Column(name="city", kind="category", nullable=True, categories=("Bern", "Oslo")),
)


def customers(chance, count, *, older=0.0):
    """Rows of an unchanged world, or of one in which everybody is older."""
    return [
        {
            "age": float(chance.normal(older, 1.0)),
            "visits": float(chance.poisson(2.0)),
            "city": str(chance.choice(["Bern", "Oslo"])),
        }
        for _ in range(count)
    ]


@pytest.fixture
def chance():
    return np.random.default_rng(9)


@pytest.fixture
def rows(chance):
    """Makes rows: `rows(count)`, or `rows(count, older=...)`."""
    return lambda count, **moved: customers(chance, count, **moved)


@pytest.fixture
def open_shop(shop, rows):
    """A shop whose model says `yes` above the age of 0, and is right in 19 of 20."""
    known = rows(1200)
    truth = [("yes" if row["age"] > 0 else "no") if n % 20 else "no" for n, row in enumerate(known)]
    table = pa.Table.from_pylist([{**row, "y": y} for row, y in zip(known, truth, strict=True)])
    shop.learn(table, COLUMNS, [[-4.0, 0.0, 0.0], [4.0, 0.0, 0.0]], classes=("no", "yes"))
    return shop


@pytest.fixture
def right(open_shop):
    """The truth of answers: as the model said in all but the given share."""

    def truth(ids, wrong=0.05):
        other = {"yes": "no", "no": "yes"}
        step = round(1 / wrong) if wrong else 0
        return [
            other[open_shop.answers[i]] if step and n % step == 0 else open_shop.answers[i]
            for n, i in enumerate(ids)
        ]

    return truth
