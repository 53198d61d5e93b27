"""Bundles that answer as a sound one does, until rows come on which they fail: for tests of rollouts."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Literal

import numpy as np
import numpy.typing as npt

from everloop.bundles.door import open_bundle
from everloop.bundles.runtimes.onnx_runtime import MATRIX_INPUT, OnnxRuntime
from everloop.bundles.writer import file_entries, write_bundle
from everloop.records.signature import Signature

if TYPE_CHECKING:
    from onnx import ModelProto, NodeProto

Flaw = Literal["raises", "nan", "slow", "wrong"]

Constants = dict[str, npt.NDArray[np.generic]]

MODEL = "model.onnx"
SIZE = 96  # of the square matrices that the slow one multiplies


def flawed_bundle(
    root: Path, sound: str, flaw: Flaw, *, column: str, beyond: int, milliseconds: float = 500.0
) -> str:
    """Write the ONNX classifier `sound` anew, with a flaw on rows whose `column` is above `beyond`; its digest.

    There it `raises` (it looks a code up that its table has not), answers `nan`, is `slow` by so many milliseconds a
    request, or gives the `wrong` class. `column` is whole numbers from 0.
    """
    bundle = open_bundle(root, sound)
    signature = bundle.manifest.signature
    place = [each.name for each in signature.columns].index(column)
    model = (root / sound / MODEL).read_bytes()

    def made(steps: int) -> bytes:
        return _with(model, flaw, place, beyond, steps)

    steps = _steps(made, signature, place, beyond, milliseconds) if flaw == "slow" else 0
    files = {MODEL: made(steps)}
    return write_bundle(root, replace(bundle.manifest, files=file_entries(files)), files)


def _with(model: bytes, flaw: Flaw, place: int, beyond: int, steps: int) -> bytes:
    """The model with nodes behind its last one."""
    import onnx
    from onnx import helper, numpy_helper

    graph: ModelProto = onnx.load_model_from_string(model)
    answer = graph.graph.output[0].name
    for node in graph.graph.node:
        for names in (node.input, node.output):
            names[:] = ["sound" if name == answer else name for name in names]
    nodes = [
        helper.make_node("Gather", [MATRIX_INPUT, "place"], ["code"], axis=1),
        helper.make_node("Greater", ["code", "beyond"], ["late"]),
    ]
    constants: Constants = {
        "place": np.array([place], np.int64),
        "beyond": np.array([beyond], np.float32),
        "nothing": np.array([0.0], np.float32),
    }
    more, also = _FLAWS[flaw](answer, beyond, steps)
    graph.graph.node.extend([*nodes, *more])
    graph.graph.initializer.extend(numpy_helper.from_array(a, n) for n, a in {**constants, **also}.items())
    onnx.checker.check_model(graph)
    return bytes(graph.SerializeToString())


def _raises(answer: str, beyond: int, steps: int) -> tuple[list["NodeProto"], Constants]:
    from onnx import TensorProto, helper

    nodes = [
        helper.make_node("Cast", ["code"], ["whole"], to=TensorProto.INT64),
        helper.make_node("Gather", ["table", "whole"], ["looked_up"]),
        helper.make_node("Add", ["sound", "looked_up"], [answer]),
    ]
    return nodes, {"table": np.zeros(beyond + 1, np.float32)}


def _nan(answer: str, beyond: int, steps: int) -> tuple[list["NodeProto"], Constants]:
    from onnx import helper

    nodes = [
        helper.make_node("Sub", ["limit", "code"], ["room"]),
        helper.make_node("Log", ["room"], ["logarithm"]),
        helper.make_node("Mul", ["logarithm", "nothing"], ["nothing_or_nan"]),
        helper.make_node("Add", ["sound", "nothing_or_nan"], [answer]),
    ]
    return nodes, {"limit": np.array([beyond + 0.5], np.float32)}


def _wrong(answer: str, beyond: int, steps: int) -> tuple[list["NodeProto"], Constants]:
    from onnx import helper

    nodes = [
        helper.make_node("Sub", ["one", "sound"], ["turned"]),
        helper.make_node("Where", ["late", "turned", "sound"], [answer]),
    ]
    return nodes, {"one": np.array([1.0], np.float32)}


def _slow(answer: str, beyond: int, steps: int) -> tuple[list["NodeProto"], Constants]:
    """As many matrix products as it takes, if any row is late."""
    from onnx import TensorProto, helper

    square = [SIZE, SIZE]
    body = helper.make_graph(
        [
            helper.make_node("MatMul", ["now", "weights"], ["product"]),
            helper.make_node("Tanh", ["product"], ["next"]),
            helper.make_node("Identity", ["going_on"], ["still"]),
        ],
        "work",
        [
            helper.make_tensor_value_info("turn", TensorProto.INT64, []),
            helper.make_tensor_value_info("going_on", TensorProto.BOOL, []),
            helper.make_tensor_value_info("now", TensorProto.FLOAT, square),
        ],
        [
            helper.make_tensor_value_info("still", TensorProto.BOOL, []),
            helper.make_tensor_value_info("next", TensorProto.FLOAT, square),
        ],
    )
    nodes = [
        helper.make_node("Cast", ["late"], ["late_numbers"], to=TensorProto.FLOAT),
        helper.make_node("ReduceMax", ["late_numbers"], ["any_late"], keepdims=0),
        helper.make_node("Mul", ["any_late", "steps"], ["turns_number"]),
        helper.make_node("Cast", ["turns_number"], ["turns"], to=TensorProto.INT64),
        helper.make_node("Add", ["weights", "any_late"], ["first"]),
        helper.make_node("Loop", ["turns", "true", "first"], ["last"], body=body),
        helper.make_node("ReduceMax", ["last"], ["largest"], keepdims=0),
        helper.make_node("Mul", ["largest", "nothing"], ["still_nothing"]),
        helper.make_node("Add", ["sound", "still_nothing"], [answer]),
    ]
    weights = np.random.default_rng(0).normal(size=square).astype(np.float32)
    return nodes, {
        "weights": weights,
        "steps": np.array(float(steps), np.float32),
        "true": np.array(True),
    }


_FLAWS: dict[str, Callable[[str, int, int], tuple[list["NodeProto"], Constants]]] = {
    "raises": _raises,
    "nan": _nan,
    "slow": _slow,
    "wrong": _wrong,
}


def _steps(
    made: Callable[[int], bytes], signature: Signature, place: int, beyond: int, milliseconds: float
) -> int:
    """How many products take so long on this machine."""
    probe = 300
    runtime = OnnxRuntime(made(probe), signature)
    row = np.zeros((1, len(signature.columns)), np.float32)
    row[0, place] = beyond + 1
    took = []
    for _ in range(3):
        began = perf_counter()
        runtime.predict(row)
        took.append(1000 * (perf_counter() - began))
    return int(probe * milliseconds / min(took)) + 1
