"""An ONNX graph in the form of a bundle: inputs as the signature's layout says, one output of 32-bit floats."""

import copy
from collections.abc import Iterator
from typing import Any

from everloop.bundles.runtimes.onnx_runtime import MATRIX_INPUT
from everloop.records.signature import Signature
from everloop.training.conversion import canonical_bytes
from everloop.training.imported.onnx_answer import Chosen
from everloop.training.imported.onnx_graph import NUMBERS, TEXT, WHOLE, Port, SourceGraph

INNER = "source/"  # before every name of the graph as it came
ANSWER = "everloop/answer"
ROWS = "everloop/rows"
OPSET = 17  # of standard operators, where the graph names none


def takes_matrix(graph: SourceGraph) -> bool:
    """Whether it takes nothing but one matrix of numbers."""
    return len(graph.ports) == 1 and graph.ports[0].kind != TEXT


def rewired(graph: SourceGraph, chosen: Chosen, signature: Signature, *, logits: bool) -> bytes:
    """The bytes of the bundle's model. Whatever the answer does not need is left out."""
    import onnx.compose
    from onnx import TensorProto, helper

    inner = onnx.compose.add_prefix(graph.model, prefix=INNER)
    before, inputs = _before(graph, signature)
    after, shape = _after(INNER + chosen.tensor, chosen, signature, logits=logits)
    needed = _needed([*inner.graph.node, *after], ANSWER)
    constants = [c for c in inner.graph.initializer if c.name in _read(needed)]
    made = helper.make_graph(
        [*before, *needed],
        "everloop",
        inputs,
        [helper.make_tensor_value_info(ANSWER, TensorProto.FLOAT, shape)],
        [*constants, *_constants(graph, after)],
    )
    model = helper.make_model(made, opset_imports=_opsets(inner), ir_version=inner.ir_version)
    return canonical_bytes(model)


def _before(graph: SourceGraph, signature: Signature) -> tuple[list[Any], list[Any]]:
    """Nodes that make the graph's inputs of the signature's columns, and these."""
    from onnx import TensorProto, helper

    if signature.layout == "matrix":
        port = graph.ports[0]
        rows = helper.make_tensor_value_info(MATRIX_INPUT, TensorProto.FLOAT, [None, port.width])
        return list(_into(port, MATRIX_INPUT, text=False)), [rows]
    inputs = [
        helper.make_tensor_value_info(
            c.name, TensorProto.STRING if c.kind == "category" else TensorProto.FLOAT, [None, 1]
        )
        for c in signature.columns
    ]
    nodes: list[Any] = []
    left = iter(signature.columns)
    for place, port in enumerate(graph.ports):
        names = [next(left).name for _ in range(port.width)]
        side_by_side = f"everloop/input-{place}"
        nodes.append(helper.make_node("Concat", names, [side_by_side], axis=1))
        nodes += _into(port, side_by_side, text=port.kind == TEXT)
    return nodes, inputs


def _into(port: Port, given: str, *, text: bool) -> Iterator[Any]:
    """From columns side by side to the input: another type, another shape."""
    from onnx import TensorProto, helper

    typed, name = f"{given}/typed", INNER + port.name
    kind = "STRING" if text else (NUMBERS | WHOLE)[port.kind]
    if kind == "FLOAT" or text:
        yield helper.make_node("Identity", [given], [typed])
    else:
        yield helper.make_node("Cast", [given], [typed], to=getattr(TensorProto, kind))
    if port.rank == 2:
        yield helper.make_node("Identity", [typed], [name])
    else:
        yield helper.make_node("Reshape", [typed, _shape_name((-1, *port.shape))], [name])


def _after(
    tensor: str, chosen: Chosen, signature: Signature, *, logits: bool
) -> tuple[list[Any], list[int | None]]:
    """Nodes from the tensor to the answer, and the answer's shape."""
    from onnx import TensorProto, helper

    nodes = [helper.make_node("Cast", [tensor], ["everloop/scores"], to=TensorProto.FLOAT)]
    if signature.task == "regression":
        nodes.append(helper.make_node("Reshape", ["everloop/scores", _shape_name((-1, 1))], [ANSWER]))
        return nodes, [None, 1]
    count = len(signature.classes)
    one = chosen.width == 1 and count == 2  # the chance of the second class
    flat = _shape_name((-1, 1 if one else count))
    nodes.append(helper.make_node("Reshape", ["everloop/scores", flat], ["everloop/flat"]))
    chances = "everloop/chances" if one else ANSWER
    if logits and one:
        nodes.append(helper.make_node("Sigmoid", ["everloop/flat"], [chances]))
    elif logits:
        nodes.append(helper.make_node("Softmax", ["everloop/flat"], [chances], axis=1))
    else:
        nodes.append(helper.make_node("Identity", ["everloop/flat"], [chances]))
    if one:
        nodes.append(helper.make_node("Sub", ["everloop/one", chances], ["everloop/other"]))
        nodes.append(helper.make_node("Concat", ["everloop/other", chances], [ANSWER], axis=1))
    return nodes, [None, count]


def _constants(graph: SourceGraph, after: list[Any]) -> list[Any]:
    """The shapes and the number one that our own nodes read."""
    from onnx import TensorProto, helper

    shapes = {(-1, *port.shape) for port in graph.ports if port.rank != 2}
    if not after:
        return []
    wanted = {name for node in after for name in node.input}
    shapes |= {tuple(map(int, name.split("/")[2:])) for name in wanted if name.startswith("everloop/shape/")}
    found = [
        helper.make_tensor(_shape_name(shape), TensorProto.INT64, [len(shape)], list(shape))
        for shape in sorted(shapes)
    ]
    if "everloop/one" in wanted:
        found.append(helper.make_tensor("everloop/one", TensorProto.FLOAT, [1], [1.0]))
    return found


def _shape_name(shape: tuple[int, ...]) -> str:
    return "everloop/shape/" + "/".join(map(str, shape))


def _needed(nodes: list[Any], answer: str) -> list[Any]:
    """The nodes that the answer needs, in their order."""
    wanted, kept = {answer}, []
    for node in reversed(nodes):
        if not wanted.isdisjoint(node.output):
            kept.append(copy.copy(node))
            wanted |= _read([node])
    return kept[::-1]


def _read(nodes: list[Any]) -> set[str]:
    """All names that nodes read, also from within their inner graphs."""
    found: set[str] = set()
    for node in nodes:
        found.update(node.input)
        for attribute in node.attribute:
            inner = [attribute.g] if attribute.HasField("g") else []
            for graph in (*inner, *attribute.graphs):
                found |= _read(list(graph.node)) | {out.name for out in graph.output}
    return found


def _opsets(model: Any) -> list[Any]:  # noqa: ANN401 - protobuf messages
    from onnx import helper

    standard = [o for o in model.opset_import if o.domain in ("", "ai.onnx")]
    others = [o for o in model.opset_import if o.domain not in ("", "ai.onnx")]
    version = max((o.version for o in standard), default=OPSET)
    return [helper.make_opsetid("", version), *others]
