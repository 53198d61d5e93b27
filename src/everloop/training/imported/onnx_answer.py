"""Which output of an ONNX graph is the answer, and what classes it is about."""

from dataclasses import dataclass
from typing import Any

from everloop.errors import BundleRefused, InvalidRequest
from everloop.records.signature import Label
from everloop.training.imported.onnx_graph import NUMBERS, Out, SourceGraph, nodes_of
from everloop.training.imported.task import Declared
from everloop.training.task import Kind

LABELS = frozenset({"tensor(int64)", "tensor(string)", "tensor(int32)"})
MAPS = frozenset({"seq(map(int64,tensor(float)))", "seq(map(string,tensor(float)))"})
OUTPUT = "Say which: --output NAME (in Python `output=`)."
OF_CLASSES = ("classlabels_strings", "classlabels_int64s", "classlabels_ints")


@dataclass(frozen=True, slots=True)
class Chosen:
    """The answer: the tensor it is, the output that shows it, and the label beside it, where there is one.

    `classes` are those that the graph names, perhaps none.
    """

    task: Kind
    tensor: str
    output: str
    label: str
    width: int  # numbers a row; 0: not declared
    classes: tuple[Label, ...]


def choose_answer(graph: SourceGraph, declared: Declared) -> Chosen:
    """The output with probabilities, or the number; raises InvalidRequest where several might be it."""
    label = next((out.name for out in graph.outs if out.kind in LABELS), "")
    shown = _shown(graph, declared.output)
    zipped = _zip_map(graph, shown.name) if shown.kind in MAPS else None
    tensor = zipped.input[0] if zipped is not None else shown.name
    classes = (_labels(zipped) if zipped is not None else ()) or _named_classes(graph, label)
    several = shown.width > 1 or zipped is not None
    classifies = bool(label or several or declared.classes or declared.logits)
    width = len(_labels(zipped)) if zipped is not None else shown.width
    task: Kind = "classification" if classifies else "regression"
    return Chosen(task, tensor, shown.name, label, width, classes)


def _shown(graph: SourceGraph, named: str) -> Out:
    scores = [out for out in graph.outs if out.kind in NUMBERS or out.kind in MAPS]
    names = ", ".join(out.name for out in graph.outs)[:200]
    if named:
        found = next((out for out in scores if out.name == named), None)
        if found is None:
            raise InvalidRequest(
                f"No output {named[:80]!r} holds numbers; the graph has: {names}.", remedy=OUTPUT
            )
        return found
    if not scores:
        raise BundleRefused(
            f"The ONNX model gives no probabilities and no numbers: its outputs are {names}.",
            remedy="Export it again with its probabilities.",
        )
    probable = [out for out in scores if "prob" in out.name.lower()]
    if len(scores) > 1 and len(probable) != 1:
        raise InvalidRequest(f"Any of these outputs may be the answer: {names}.", remedy=OUTPUT)
    return scores[0] if len(scores) == 1 else probable[0]


def _zip_map(graph: SourceGraph, name: str) -> Any:  # noqa: ANN401 - a protobuf message
    node = next((node for node in graph.model.graph.node if name in node.output), None)
    if node is None or node.op_type != "ZipMap":
        raise BundleRefused(f"The output {name[:80]!r} is a list of maps that no ZipMap makes.")
    return node


def _labels(node: Any) -> tuple[Label, ...]:  # noqa: ANN401
    for attribute in node.attribute:
        if attribute.name in OF_CLASSES:
            texts = tuple(text.decode("utf-8", "replace") for text in attribute.strings)
            return texts or tuple(attribute.ints)
    return ()


def _named_classes(graph: SourceGraph, label: str) -> tuple[Label, ...]:
    """The classes that a classifier's node names, or the array from which the label is taken by its place."""
    import onnx.numpy_helper

    if not label:
        return ()
    named = {labels for node in nodes_of(graph.model.graph) if (labels := _labels(node))}
    if len(named) == 1:
        return named.pop()
    constants = {c.name: c for c in graph.model.graph.initializer}
    above = {out: node for node in graph.model.graph.node for out in node.output}
    name = label
    while name in above:
        node = above[name]
        if node.op_type in ("ArrayFeatureExtractor", "Gather") and node.input[0] in constants:
            values = onnx.numpy_helper.to_array(constants[node.input[0]]).reshape(-1).tolist()
            return tuple(v.decode("utf-8", "replace") if isinstance(v, bytes) else v for v in values)
        name = node.input[0] if node.input else ""
    return ()
