"""An ONNX graph as a bundle."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from everloop.bundles.encoding import encode
from everloop.bundles.runtime import Columns, Matrix, Output
from everloop.bundles.runtimes.onnx_runtime import OnnxRuntime
from everloop.errors import BundleRefused, InvalidRequest
from everloop.records.signature import Column, Signature
from everloop.training.imported.classes import resolved
from everloop.training.imported.columns import LIKE, chosen_names, coded, columns_like
from everloop.training.imported.made import Given, Made
from everloop.training.imported.onnx_answer import Chosen, choose_answer
from everloop.training.imported.onnx_graph import TEXT, WHOLE, Port, SourceGraph
from everloop.training.imported.onnx_wiring import rewired, takes_matrix
from everloop.training.imported.proof import Oracle, made_up, prove
from everloop.training.imported.task import Declared
from everloop.training.parity import sample
from everloop.training.preparation import Layout

FEW = 5  # rows that show how wide an answer is
MOST_DISAGREEING = (
    0.01  # of the rows: labels that are not the class with the largest probability, as ties may be
)


def from_onnx(data: bytes, declared: Declared, rows: Given, columns: Sequence[str] = ()) -> Made:
    """The bundle of an ONNX file. `columns` are names that something beside the file knows.

    Raises BundleRefused for what cannot be served or would answer differently, InvalidRequest, naming the option,
    for what the file does not say.
    """
    graph = SourceGraph(data)
    made = _columns(graph, declared, rows, columns)
    layout: Layout = "matrix" if takes_matrix(graph) else "columns"
    bare = Signature(task="regression", target=declared.target, columns=made, layout=layout)
    inputs = made_up(bare) if rows is None else encode(bare, sample(rows).slice(0, FEW))
    graph.measure(graph.feeds(_as_columns(inputs, bare)))
    chosen = choose_answer(graph, declared)
    signature = _answering(bare, chosen, declared, rows)
    wired = rewired(graph, chosen, signature, logits=declared.logits)
    runtime = OnnxRuntime(wired, signature)
    oracle = _oracle(graph, chosen, signature, logits=declared.logits)
    parity, wrong = prove(signature, runtime, oracle, rows)
    if wrong:
        raise BundleRefused(f"The ONNX model cannot be imported: {wrong}")
    if rows is not None and chosen.label and not declared.output:
        _refuse_other_labels(graph, chosen, signature, rows, oracle)
    notes = [coded(signature.columns)] if signature.layout == "matrix" else []
    return Made(
        format="onnx",
        files={"model.onnx": wired},
        signature=signature,
        parity=parity,
        producer=graph.producer,
        notes=tuple(filter(None, notes)),
    )


def _answering(bare: Signature, chosen: Chosen, declared: Declared, rows: Given) -> Signature:
    """The signature with what the answer is."""
    read = {column.name for column in bare.columns}
    ignored = () if rows is None else tuple(name for name in rows.column_names if name not in read)
    if chosen.task == "regression":
        return replace(bare, ignored=ignored)
    count = chosen.width if chosen.width > 1 else len(declared.classes or chosen.classes) or 2
    classes = resolved(
        chosen.classes, count=count, declared=declared.classes, rows=rows, target=declared.target
    )
    return replace(bare, task="classification", classes=classes, ignored=ignored)


def _columns(graph: SourceGraph, declared: Declared, rows: Given, known: Sequence[str]) -> tuple[Column, ...]:
    ports = graph.ports
    own = all(port.width == 1 for port in ports)  # an input a column: their names are the columns'
    if own and not takes_matrix(graph) and not declared.features:
        known = tuple(port.name for port in ports)
    names = chosen_names(
        rows,
        count=sum(port.width for port in ports),
        target=declared.target,
        features=declared.features,
        known=known,
    )
    if rows is not None:
        made = columns_like(rows, names, as_text=not takes_matrix(graph))
        _refuse_other_kinds(ports, made)
        return made
    wanted = [port for port in ports for _ in range(port.width)]
    return tuple(_bare(name, port) for name, port in zip(names, wanted, strict=True))


def _bare(name: str, port: Port) -> Column:
    """A column of which only the graph's type is known: it takes no missing values."""
    if port.kind == TEXT:
        return Column(name=name, kind="category", nullable=False, missing="")
    return Column(name=name, kind="boolean" if WHOLE.get(port.kind) == "BOOL" else "number", nullable=False)


def _refuse_other_kinds(ports: Sequence[Port], columns: Sequence[Column]) -> None:
    wanted = [port for port in ports for _ in range(port.width)]
    if len(ports) == 1 and ports[0].kind != TEXT:
        return
    for port, column in zip(wanted, columns, strict=True):
        if (port.kind == TEXT) != (column.kind == "category"):
            takes = "texts" if port.kind == TEXT else "numbers"
            raise InvalidRequest(
                f"The graph takes {takes} in {port.name[:80]!r}, and {column.name!r} holds others.",
                remedy=LIKE,
            )


def _oracle(graph: SourceGraph, chosen: Chosen, signature: Signature, *, logits: bool) -> Oracle:
    """The graph's own answers, with nothing of ours between but the shape."""

    def answer(inputs: Matrix | Columns) -> Output:
        given = graph.run(graph.feeds(_as_columns(inputs, signature)), chosen.output)
        if isinstance(given, list):  # a map a row, by label
            scores = np.array([list(row.values()) for row in given], dtype=np.float32)
        else:
            scores = np.asarray(given, dtype=np.float32).reshape(len(given), -1)
        if signature.task == "regression":
            return scores.reshape(-1)
        return _chances(scores, logits=logits)

    return answer


def _chances(scores: Output, *, logits: bool) -> Output:
    if scores.shape[1] == 1:
        second = 1 / (1 + np.exp(-scores)) if logits else scores
        return np.concatenate([1 - second, second], axis=1).astype(np.float32)
    if not logits:
        return scores
    shifted = np.exp(scores - scores.max(axis=1, keepdims=True))
    chances: Output = (shifted / shifted.sum(axis=1, keepdims=True)).astype(np.float32)
    return chances


def _as_columns(inputs: Matrix | Columns, signature: Signature) -> list[npt.NDArray[Any]]:
    if isinstance(inputs, np.ndarray):
        return [inputs[:, place] for place in range(inputs.shape[1])]
    return [inputs[column.name].reshape(-1) for column in signature.columns]


def _refuse_other_labels(
    graph: SourceGraph, chosen: Chosen, signature: Signature, rows: pa.Table, oracle: Oracle
) -> None:
    """Refuse classes in another order than the graph's own labels say."""
    inputs = encode(signature, sample(rows))
    labels = np.asarray(graph.run(graph.feeds(_as_columns(inputs, signature)), chosen.label)).reshape(-1)
    best = oracle(inputs).argmax(axis=1)
    own = chosen.classes or signature.classes
    differing = np.mean(
        [_told(own[place]) != _told(label) for place, label in zip(best, labels, strict=True)]
    )
    if differing > MOST_DISAGREEING and not chosen.classes:
        raise InvalidRequest(
            f"The graph calls {differing:.0%} of the rows by another class than the one with the largest probability.",
            remedy="Name the classes in the order of its probabilities: --classes A,B,C (in Python `classes=`).",
        )


def _told(label: object) -> str:
    return str(int(label)) if isinstance(label, bool | np.integer | int) else str(label)
