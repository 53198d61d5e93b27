"""A workspace in which models are really fitted, rows really served and captured, and candidates really judged."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import numpy as np
import pyarrow as pa
import pytest
from sklearn.base import clone
from threadpoolctl import threadpool_limits

from everloop.actions.context import Context
from everloop.actions.judge_candidates import judge_candidates, usable_rows
from everloop.bundles.door import open_bundle
from everloop.bundles.writer import write_bundle
from everloop.clock import FixedClock
from everloop.datasets.append import record as record_version
from everloop.datasets.append import written
from everloop.evaluation.scored import score
from everloop.ledger.capture import Answered, Received
from everloop.ledger.capture import Context as Captured
from everloop.ledger.inputs import inputs_of
from everloop.ledger.ledger import Ledger
from everloop.ledger.segment import SegmentLog
from everloop.records.actor import Actor
from everloop.records.codec import to_json
from everloop.records.cycle import Cycle
from everloop.records.endpoint import VersionRef
from everloop.records.loop import LoopPolicy
from everloop.records.model_version import ModelVersion
from everloop.records.names import new_id
from everloop.records.recipe import RecipeRecord
from everloop.records.run import Run
from everloop.records.target import TargetRule
from everloop.registry.champions import open_endpoint
from everloop.registry.versions import known_version, register
from everloop.settings import Settings
from everloop.stores.memory_blobs import MemoryBlobs
from everloop.stores.memory_metadata import MemoryMetadata
from everloop.stores.memory_tables import MemoryTables
from everloop.stores.workspace_folder import create_workspace
from everloop.training.fit import fit

START = datetime(2026, 1, 1, tzinfo=UTC)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class World:
    """One endpoint, `e`, whose target is the column `y`."""

    def __init__(self, folder: Path, target: TargetRule) -> None:
        self.clock = FixedClock(START)
        self.target = target
        self.context = Context(
            layout=create_workspace(folder / ".everloop"),
            settings=Settings(),
            clock=self.clock,
            metadata=MemoryMetadata(),
            tables=MemoryTables(),
            blobs=MemoryBlobs(),
            actor=Actor(kind="person", name="ada"),
            key="k",
            runner=None,
        )
        self.log = SegmentLog(self.context.layout.capture)
        self.champion: VersionRef | None = None
        self.datasets = 0
        self.served = 0

    def learn(self, estimator, table: pa.Table, *, until: datetime | None = None, **recipe) -> VersionRef:
        """A version fitted on these rows, which reach `until`; the first one of all becomes champion."""
        self.clock.advance(timedelta(hours=1))
        self.datasets += 1
        record = RecipeRecord(
            estimator="x.Y", estimator_digest="e", hyperparameters={}, target=self.target, **recipe
        )
        new = written(
            self.context.metadata,
            self.context.tables,
            dataset=f"d{self.datasets}",
            rows=table,
            key=new_id("key"),
            clock=self.clock,
            until=until,
        )
        with self.context.metadata.transaction() as t:
            data = record_version(t, new)
        trained = fit(record, clone(estimator), table, data=data.digest, threads=1, say=lambda *_: None)
        bundle = write_bundle(self.context.layout.bundles, trained.manifest, trained.files)
        ref = self._registered(record, bundle, data, trained)
        if self.champion is None:
            self._enthrone(ref)
        return ref

    def serve(self, table: pa.Table, *, truth: bool = True) -> None:
        """Requests with these rows, a second apart, and their truths a minute after all of them."""
        version = self._version(self.champion)
        bundle = open_bundle(self.context.layout.bundles, version.bundle)
        signature = bundle.manifest.signature
        number = self.log.context(
            Captured(
                endpoint="e",
                variant="champion",
                model=version.model,
                version=version.number,
                bundle=version.bundle,
                route_table=1,
                share=1.0,
                signature=signature,
            )
        )
        names = [*(c.name for c in signature.columns), *signature.ignored]
        names = [n for n in names if n in table.column_names and n != "y"]
        outputs = score(bundle, table).values.astype("<f4")
        instances = table.select(names).to_pylist()
        group, told = [], []
        for row, output, value in zip(instances, outputs, table["y"].to_pylist(), strict=True):
            self.clock.advance(timedelta(seconds=1))
            self.served += 1
            body = msgspec.json.encode({"instances": [row]})
            group.append(Answered(number, [f"p{self.served:06}"], body, output.tobytes(), self._ns(), 100))
            told.append((f"p{self.served:06}", value))
        self.log.append(group)
        self.clock.advance(timedelta(minutes=1))
        if truth:
            self.log.append((), [Received("e", i, "y", v, self._ns(), None) for i, v in told])
        self.clock.advance(timedelta(seconds=1))

    def judge(self, *candidates: VersionRef, gates=(), anchor=None):
        """What the gates of a cycle say of the candidates now."""
        return judge_candidates(self.context, self.cycle(*candidates, gates=gates, anchor=anchor))

    def outputs_again(self, ref: VersionRef) -> dict[str, list]:
        """What the version answers to the captured rows, and what was captured as its answer."""
        bundle = open_bundle(self.context.layout.bundles, self._version(ref).bundle)
        rows = Ledger(self.context.tables, self.context.layout, self.clock).predictions("e")
        outputs = score(bundle, inputs_of(rows, bundle.manifest.signature)).values
        given = [bundle.manifest.signature.classes[place] for place in outputs.argmax(axis=1)]
        return {"given": np.array(given), "captured": np.array(rows["output"].to_pylist())}

    def usable(self, *candidates: VersionRef) -> int:
        return usable_rows(self.context, self.cycle(*candidates))

    def cycle(self, *candidates: VersionRef, gates=(), anchor=None) -> Cycle:
        now = self.clock.now()
        return Cycle(
            endpoint="e",
            number=1,
            loop="l",
            state="judging",
            step=3,
            policy=LoopPolicy(gates=tuple(gates)),
            causes=(),
            by=self.context.actor,
            opened_at=now,
            moved_at=now,
            champion=self.champion,
            anchor=anchor or self.champion,
            candidates=candidates,
        )

    def promote(self, ref: VersionRef) -> None:
        self.champion = ref

    def _registered(self, record, bundle, data, trained) -> VersionRef:
        run = Run(
            id=new_id("run"),
            model="m",
            recipe=self.context.blobs.write(to_json(record)),
            dataset=data.dataset,
            dataset_version=data.number,
            state="finished",
            by=self.context.actor,
            started_at=self.clock.now(),
        )
        version = ModelVersion(
            model="m",
            number=0,
            bundle=bundle,
            run=run.id,
            recipe=run.recipe,
            dataset=data.dataset,
            dataset_version=data.number,
            data_digest=data.digest,
            code_version="",
            environment={},
            signature=trained.manifest.signature,
            target=record.target,
            created_at=self.clock.now(),
            by=self.context.actor,
            metrics=trained.metrics,
        )
        with self.context.metadata.transaction() as t:
            t.add(run)
            kept = register(t, version)
        return VersionRef(model=kept.model, number=kept.number)

    def _enthrone(self, ref: VersionRef) -> None:
        self.champion = ref
        with self.context.metadata.transaction() as t:
            endpoint = open_endpoint("e", known_version(t, ref.model, ref.number), self.clock.now())
            t.add(replace(endpoint, target=self.target))

    def _version(self, ref: VersionRef) -> ModelVersion:
        with self.context.metadata.transaction() as t:
            return known_version(t, ref.model, ref.number)

    def _ns(self) -> int:
        return (self.clock.now() - EPOCH) // timedelta(microseconds=1) * 1000


@pytest.fixture
def world(tmp_path):
    made = World(tmp_path, TargetRule(outcome="y"))
    yield made
    made.log.close()


@pytest.fixture
def world_of(tmp_path):
    made = []

    def make(target: TargetRule) -> World:
        made.append(World(tmp_path, target))
        return made[-1]

    yield make
    for one in made:
        one.log.close()


@pytest.fixture(autouse=True, scope="session")
def one_thread():
    with threadpool_limits(limits=1):
        yield


@pytest.fixture(name="rows_of")
def rows_of_fixture():
    return rows_of


def rows_of(bunch, rows, *, rng=None) -> pa.Table:
    """Rows of a scikit-learn data set as a table with the target `y`; with `rng`, each a little off its original."""
    data = np.asarray(bunch.data, dtype=np.float64)[rows]
    if rng is not None:
        data = data + rng.normal(scale=0.05, size=data.shape) * np.asarray(bunch.data).std(axis=0)
    columns = {f"x{place}": data[:, place] for place in range(data.shape[1])}
    return pa.table({**columns, "y": np.asarray(bunch.target)[rows]})
