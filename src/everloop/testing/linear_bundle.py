"""Bundles whose answers can be worked out by hand: linear models, written as ONNX without a training."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from everloop.bundles.runtimes.onnx_runtime import MATRIX_INPUT
from everloop.bundles.writer import file_entries, write_bundle
from everloop.records.bundle import BundleManifest
from everloop.records.signature import Column, Label, Signature

OPSETS = {"": 17, "ai.onnx.ml": 3}


def numbers(*names: str, nullable: bool = False) -> tuple[Column, ...]:
    """Columns of numbers."""
    return tuple(Column(name=name, kind="number", nullable=nullable) for name in names)


def linear_bundle(
    root: Path,
    columns: Sequence[Column],
    weights: Sequence[Sequence[float]],
    *,
    classes: Sequence[Label] = (),
    ignored: Sequence[str] = (),
    layout: str = "matrix",
) -> str:
    """Write a bundle into the folder of bundles `root`; its digest.

    `weights` has a row a class, or one row for a regression, each with a number a column. A classification answers
    the softmax of the products. In the columns layout a category counts as its place in `categories`.
    """
    signature = Signature(
        task="classification" if classes else "regression",
        target="y",
        columns=tuple(columns),
        layout="columns" if layout == "columns" else "matrix",
        classes=tuple(classes),
        ignored=tuple(ignored),
    )
    files = {"model.onnx": _model(signature, np.asarray(weights, dtype=np.float32))}
    manifest = BundleManifest(
        runtime="onnx", signature=signature, files=file_entries(files), recipe="0" * 64, data="1" * 64
    )
    return write_bundle(root, manifest, files)


def _model(signature: Signature, weights: "np.ndarray[tuple[int, ...], np.dtype[np.float32]]") -> bytes:
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    nodes = []
    if signature.layout == "matrix":
        width = len(signature.columns)
        inputs = [helper.make_tensor_value_info(MATRIX_INPUT, TensorProto.FLOAT, [None, width])]
    else:
        inputs, parts = [], []
        for place, column in enumerate(signature.columns):
            text = column.kind == "category"
            kind = TensorProto.STRING if text else TensorProto.FLOAT
            inputs.append(helper.make_tensor_value_info(column.name, kind, [None, 1]))
            parts.append(f"code{place}" if text else column.name)
            if text:
                nodes.append(
                    helper.make_node(
                        "LabelEncoder",
                        [column.name],
                        [f"code{place}"],
                        domain="ai.onnx.ml",
                        keys_strings=list(column.categories),
                        values_floats=[float(code) for code in range(len(column.categories))],
                        default_float=-1.0,
                    )
                )
        nodes.append(helper.make_node("Concat", parts, [MATRIX_INPUT], axis=1))
    last = "products" if signature.classes else "answer"
    nodes.append(helper.make_node("MatMul", [MATRIX_INPUT, "weights"], [last]))
    if signature.classes:
        nodes.append(helper.make_node("Softmax", [last], ["answer"], axis=1))
    graph = helper.make_graph(
        nodes,
        "linear",
        inputs,
        [helper.make_tensor_value_info("answer", TensorProto.FLOAT, [None, len(weights)])],
        [numpy_helper.from_array(np.ascontiguousarray(weights.T), "weights")],
    )
    opsets = [helper.make_opsetid(domain, version) for domain, version in sorted(OPSETS.items())]
    model = helper.make_model(graph, opset_imports=opsets, ir_version=8)
    onnx.checker.check_model(model)
    return bytes(model.SerializeToString())
