"""A model that was trained elsewhere, as champion and as candidate: gates and monitors take it as any other."""

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest
from skl2onnx import to_onnx
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression
from sklearn.tree import DecisionTreeClassifier

from everloop.actions.import_model import _as_file
from everloop.actions.monitor_reference import load_reference, make_reference
from everloop.bundles.writer import write_bundle
from everloop.records.imported import Imported
from everloop.records.loop import GateRule
from everloop.registry.champions import open_endpoint
from everloop.registry.versions import known_version, register
from everloop.training.imported.from_onnx import from_onnx
from everloop.training.imported.task import Declared, ImportTask

DIGITS = load_digits()
GATES = (
    GateRule(kind="no_worse", margin=0.01),
    GateRule(kind="beats_baseline"),
    GateRule(kind="latency", limit=1000.0),
)
GOOD, POOR = LogisticRegression(tol=0.01, max_iter=2000), DecisionTreeClassifier(max_depth=6, random_state=0)


@pytest.fixture
def digits(rows_of):
    chance = np.random.default_rng(0)
    return lambda count: rows_of(DIGITS, chance.integers(0, 1797, count), rng=chance)


@pytest.fixture
def bring(world):
    """Import an estimator that somebody fitted on `table`; with `like` rows beside it. The first becomes champion."""

    def bring(estimator, table: pa.Table, like: pa.Table | None = None):
        x = np.column_stack([table[name] for name in table.column_names if name != "y"]).astype(np.float32)
        data = to_onnx(estimator.fit(x, table["y"].to_numpy()), x[:1]).SerializeToString()
        names = tuple(name for name in table.column_names if name != "y")
        declared = Declared(target="y", features=names)
        made = from_onnx(data, declared, like)
        task = ImportTask(run="run_i", name="m.onnx", kind="onnx", digest="d" * 64, declared=declared)
        bundle = write_bundle(world.context.layout.bundles, made.manifest(task), made.files)
        rows = world.context.blobs.write(_as_file(like)) if like is not None else ""
        with world.context.metadata.transaction() as t:
            template = known_version(t, "m", 1)
            kept = register(
                t,
                replace(
                    template,
                    bundle=bundle,
                    run="run_i",
                    recipe="",
                    dataset="",
                    dataset_version=0,
                    data_digest=rows,
                    signature=made.signature,
                    created_at=world.clock.now(),
                    metrics={},
                    imported=Imported(file="m.onnx", format="onnx", digest="d" * 64, size=1, rows=rows),
                ),
            )
        return type(world.champion)(model=kept.model, number=kept.number)

    return bring


@pytest.mark.parametrize("with_rows", [True, False], ids=["rows beside it", "the file alone"])
def test_a_better_import_passes_every_gate(world, digits, bring, with_rows):
    world.learn(POOR, digits(500))
    table = digits(800)
    better = bring(GOOD, table, table if with_rows else None)
    world.serve(digits(300))
    found = world.judge(better, gates=GATES)
    assert (found.winner, found.rows) == (better, 300)


@pytest.mark.parametrize("with_rows", [True, False], ids=["rows beside it", "the file alone"])
def test_a_refit_is_judged_against_an_imported_champion(world, digits, bring, with_rows):
    better = world.learn(GOOD, digits(800))
    table = digits(500)
    world.promote(bring(POOR, table, table if with_rows else None))
    world.serve(digits(300))
    assert world.judge(better, gates=GATES).winner == better


def test_rows_that_were_served_before_the_import_are_not_counted(world, digits, bring):
    world.learn(POOR, digits(500))
    world.serve(digits(100))
    table = digits(800)
    imported = bring(GOOD, table)
    assert world.usable(imported) == 0


@pytest.mark.parametrize("with_rows", [True, False], ids=["rows beside it", "the file alone"])
def test_its_monitors_compare_with_the_rows_beside_it(world, digits, bring, with_rows):
    world.learn(POOR, digits(500))
    like = digits(200)
    ref = bring(GOOD, digits(800), like if with_rows else None)
    with world.context.metadata.transaction() as t:
        version = known_version(t, ref.model, ref.number)
    reference = load_reference(world.context.blobs, make_reference(world.context, version))
    assert reference.promised is None
    assert reference.rows == (200 if with_rows else 0)
    assert (reference.answers is not None) == with_rows


def test_an_endpoint_can_begin_with_one(world, digits, bring):
    world.learn(POOR, digits(300))
    ref = bring(GOOD, digits(300))
    with world.context.metadata.transaction() as t:
        endpoint = open_endpoint("f", known_version(t, ref.model, ref.number), world.clock.now())
    assert endpoint.champion == ref
