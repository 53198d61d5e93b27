"""Cases whose answers can be worked out by hand: linear models of one or two numbers."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from everloop.bundles.door import Bundle, open_bundle
from everloop.evaluation.case import Case, truth_of
from everloop.evaluation.contender import Contender
from everloop.evaluation.material import Material
from everloop.evaluation.scored import Scored, score
from everloop.ledger.inputs import inputs_of
from everloop.records.bundle import BundleManifest
from everloop.records.endpoint import VersionRef
from everloop.records.signature import Signature
from everloop.records.target import TargetRule
from everloop.testing.linear_bundle import linear_bundle, numbers

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
WEIGHTS = {
    "right": ([0.0], [1.0]),  # answers yes where x is above 0, no elsewhere
    "wrong": ([0.0], [-1.0]),  # the other way round
    "constant": ([0.0], [0.0]),  # says no to everything
}


def ledger_rows(inputs: Mapping[str, Sequence], truth: Sequence, **columns: Sequence) -> pa.Table:
    """Rows as `Ledger.joined` gives them, served a minute apart from noon, their truth known a minute after."""
    count = len(truth)
    served = [NOON + timedelta(minutes=place) for place in range(count)]
    moment = pa.timestamp("us", "UTC")
    given = {
        "id": pa.array([f"p{place:05}" for place in range(count)], pa.string()),
        "shadow": pa.array([False] * count, pa.bool_()),
        "unread_body": pa.nulls(count, pa.binary()),
        "served_at": pa.array(served, moment),
        "learned_at": pa.array([at + timedelta(minutes=1) for at in served], moment),
        "mature": pa.array([value is not None for value in truth], pa.bool_()),
        "mature_at": pa.nulls(count, moment),
        "truth": truth,
        **inputs,
        **columns,
    }
    return pa.table({name: cells for name, cells in given.items()})


def material_of(rows: pa.Table) -> Material:
    return Material(rows=rows, traffic=rows, usable=rows.num_rows)


@pytest.fixture(name="ledger_rows")
def ledger_rows_fixture():
    return ledger_rows


@pytest.fixture(name="case_of_answers")
def case_of_answers_fixture():
    return case_of_answers


@pytest.fixture
def bundles(tmp_path: Path):
    """Bundles by their weights or a name of them, with other columns, classes or ignored inputs if need be."""

    def make(weights, *, columns=None, classes=("no", "yes"), ignored=()) -> Bundle:
        columns = numbers("x") if columns is None else columns
        weights = WEIGHTS.get(weights, weights) if isinstance(weights, str) else weights
        digest = linear_bundle(tmp_path, columns, weights, classes=classes, ignored=ignored)
        return open_bundle(tmp_path, digest)

    return make


@pytest.fixture
def case_of(bundles):
    """A case of candidate, champion and anchor over the same rows."""

    def make(
        *,
        rows: pa.Table,
        candidate="right",
        champion="right",
        anchor=None,
        learned: pa.Table | None = None,
        champion_learned: pa.Table | None = None,
        traffic: pa.Table | None = None,
        metrics: Mapping[str, float] = {},
        champion_metrics: Mapping[str, float] = {},
        target: TargetRule = TargetRule(outcome="y"),  # noqa: B008
        rivals: int = 1,
        ordered: bool = False,
        decisions=None,
    ) -> Case:
        learned = pa.table({"x": [-1.0, 1.0], "y": ["no", "yes"]}) if learned is None else learned
        champion_learned = learned if champion_learned is None else champion_learned
        material = Material(rows=rows, traffic=rows if traffic is None else traffic, usable=rows.num_rows)

        def contender(role, number, bundle, table, scores):
            bundle = bundle if isinstance(bundle, Bundle) else bundles(bundle)
            return Contender(
                role=role,
                ref=VersionRef(model="m", number=number),
                bundle=bundle,
                learned=table,
                scored=score(bundle, inputs_of(rows, bundle.manifest.signature)),
                metrics=dict(scores),
                ordered=ordered,
            )

        ours = contender("candidate", 3, candidate, learned, metrics)
        theirs = contender("champion", 2, champion, champion_learned, champion_metrics)
        first = contender("anchor", 1, champion if anchor is None else anchor, champion_learned, {})
        classes, truth = truth_of(material, (theirs, ours, first))
        return Case(
            candidate=ours,
            champion=theirs,
            anchor=first,
            material=material,
            target=target,
            classes=classes,
            truth=truth,
            rivals=rivals,
            decisions=decisions or {},
        )

    return make


def answering(role: str, number: int, outputs, *, classes=(0, 1), metrics=None) -> Contender:
    """A contender that gave these outputs, of which nothing else is known."""
    outputs = np.asarray(outputs, dtype=np.float64)
    task = "classification" if classes else "regression"
    signature = Signature(task=task, target="y", columns=numbers("x"), classes=tuple(classes))
    manifest = BundleManifest(runtime="onnx", signature=signature, files=(), recipe="r", data="d")
    return Contender(
        role=role,
        ref=VersionRef(model="m", number=number),
        bundle=Bundle(digest=f"{number:064}", manifest=manifest, _files={}),
        learned=pa.table({"x": [0.0, 1.0], "y": [0, 1]}),
        scored=Scored(outputs, np.isfinite(outputs if classes else outputs[:, None]).all(axis=1)),
        metrics=metrics or {},
    )


def case_of_answers(candidate, champion, truth, *, anchor=None, classes=(0, 1), **fields) -> Case:
    """A case of outputs that are given as they are: probabilities of `classes`, or numbers where there are none."""
    truth = np.asarray(truth)
    rows = ledger_rows({"number.x": np.zeros(len(truth))}, truth.tolist())
    ours, theirs = answering("candidate", 3, candidate, classes=classes), None
    theirs = answering("champion", 2, champion, classes=classes)
    first = theirs if anchor is None else answering("anchor", 1, anchor, classes=classes)
    return Case(
        candidate=ours,
        champion=theirs,
        anchor=first,
        material=material_of(rows),
        target=TargetRule(outcome="y"),
        classes=tuple(str(c) for c in classes),
        truth=truth.astype(np.float64),
        **fields,
    )
