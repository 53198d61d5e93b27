"""Imports in a child process, as they are carried out: what a file does there ends there."""

from pathlib import Path

import numpy as np
import onnx
import pyarrow as pa
import pytest
from onnx import TensorProto, helper, numpy_helper

from everloop.bundles.door import open_bundle
from everloop.errors import BundleRefused
from everloop.records.codec import digest_of
from everloop.stores.layout import Layout
from everloop.training import job
from everloop.training.imported.task import MODEL, Declared, ImportTask
from everloop.training.job import prepare_import, run_child

ROWS = pa.table({"a": [1.0, 2.0, 3.0], "y": [3.0, 6.0, 9.0]})


def graph_of(*nodes: onnx.NodeProto, **constants: np.ndarray) -> bytes:
    rows = helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", 1])
    answer = helper.make_tensor_value_info("y", TensorProto.FLOAT, ["n", 1])
    known = [numpy_helper.from_array(value, name) for name, value in constants.items()]
    graph = helper.make_graph(list(nodes), "g", [rows], [answer], known)
    return helper.make_model(
        graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8
    ).SerializeToString()


TRIPLE = graph_of(helper.make_node("MatMul", ["x", "w"], ["y"]), w=np.float32([[3.0]]))
GREEDY = graph_of(
    helper.make_node("ConstantOfShape", ["size"], ["zeros"]),
    helper.make_node("ReduceSum", ["zeros"], ["sum"], keepdims=0),
    helper.make_node("Add", ["x", "sum"], ["y"]),
    size=np.array([1 << 40]),
)


@pytest.fixture
def lay_out(layout: Layout):
    def lay_out(data: bytes, kind: str = "onnx", *, digest: str = "") -> Path:
        task = ImportTask(
            run="run_1",
            name="model",
            kind=kind,  # type: ignore[arg-type]
            digest=digest or digest_of(data),
            declared=Declared(target="y"),
        )
        return prepare_import(layout, task, model=data, rows=ROWS)

    return lay_out


def test_the_bundle_answers_as_the_file_and_nothing_of_the_copies_is_left(layout, lay_out):
    folder = lay_out(TRIPLE)
    bundle = open_bundle(layout.bundles, run_child(layout, "run_1", seconds=60).bundle)
    assert bundle.runtime().predict(np.float32([[5.0]])) == pytest.approx([15.0])
    assert bundle.manifest.recipe == ""
    assert digest_of(TRIPLE) in bundle.manifest.environment["source"]
    assert not {path.name for path in folder.iterdir()} & {MODEL, job.DATA}


def test_a_graph_that_asks_for_all_memory_is_one_clear_error(layout, lay_out):
    lay_out(GREEDY)
    with pytest.raises(BundleRefused) as refusal:
        run_child(layout, "run_1", seconds=60)
    assert "\n" not in str(refusal.value)


def test_a_file_that_takes_too_long_is_stopped(layout, lay_out, monkeypatch):
    monkeypatch.setattr(job, "IMPORT_S", 0.05)
    lay_out(TRIPLE)
    with pytest.raises(BundleRefused, match=r"ended after 0\.05 s"):
        run_child(layout, "run_1", seconds=60)


def test_a_child_that_dies_over_a_file_is_one_clear_error(layout, lay_out, monkeypatch):
    monkeypatch.setattr(job.sys, "executable", "/bin/false")
    lay_out(TRIPLE)
    with pytest.raises(BundleRefused, match="what reads it ended with code 1"):
        run_child(layout, "run_1", seconds=60)


def test_bytes_that_changed_while_they_waited_are_refused(layout, lay_out):
    lay_out(TRIPLE, digest="0" * 64)
    with pytest.raises(BundleRefused, match="was changed"):
        run_child(layout, "run_1", seconds=60)
