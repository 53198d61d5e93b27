"""An ONNX graph as it came: what it takes, what it gives, and its own answers, the truth for its bundle."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import prod
from typing import Any

import numpy as np
import numpy.typing as npt

from everloop.bundles.onnx_safety import refuse_unsafe
from everloop.errors import BundleRefused

EXPORT = "Export it again with a batch dimension of any length."
ONE_FILE = 'Write it as one file: onnx.save(onnx.load("model.onnx"), "one.onnx").'
OLDEST_OPSET = 7
NUMBERS = {"tensor(float)": "FLOAT", "tensor(double)": "DOUBLE", "tensor(float16)": "FLOAT16"}
WHOLE = {"tensor(int64)": "INT64", "tensor(int32)": "INT32", "tensor(bool)": "BOOL"}
TEXT = "tensor(string)"
ARRAYS: Mapping[str, Any] = {
    "tensor(float)": np.float32,
    "tensor(double)": np.float64,
    "tensor(float16)": np.float16,
    "tensor(int64)": np.int64,
    "tensor(int32)": np.int32,
    "tensor(bool)": np.bool_,
}


@dataclass(frozen=True, slots=True)
class Port:
    """An input: its columns lie side by side in `shape`, which has no row dimension. `rank` 1: one value a row."""

    name: str
    kind: str  # ONNX Runtime's name of its type
    shape: tuple[int, ...]
    rank: int

    @property
    def width(self) -> int:
        """How many columns of a table it takes."""
        return prod(self.shape)


@dataclass(frozen=True, slots=True)
class Out:
    """An output. `width` is what it has a row, 0 where that is not declared."""

    name: str
    kind: str
    rank: int
    width: int


class SourceGraph:
    """The graph, checked and loaded. `model` is the parsed message; it is the caller's to change a copy of."""

    def __init__(self, data: bytes) -> None:
        """Raises BundleRefused for what is not one self-contained graph of standard operators over rows."""
        import onnx
        import onnxruntime as ort

        from everloop.bundles.runtimes.onnx_runtime import session_options

        try:
            refuse_unsafe(data)
        except BundleRefused as error:
            raise BundleRefused(
                error.message, remedy=ONE_FILE if "other files" in error.message else ""
            ) from error
        try:
            self.model: Any = onnx.load_model_from_string(data)
            self._session = ort.InferenceSession(data, session_options(), providers=["CPUExecutionProvider"])
        except Exception as error:  # neither library's errors have a common class
            raise BundleRefused(
                f"ONNX Runtime does not load it: {str(error).splitlines()[0][:200]}"
            ) from error
        _refuse_old(self.model)
        self.ports = tuple(_port(each) for each in self._session.get_inputs())
        self.outs = tuple(_out(each) for each in self._session.get_outputs())

    @property
    def producer(self) -> str:
        """What wrote it."""
        return f"{self.model.producer_name} {self.model.producer_version}".strip()[:80]

    def run(self, feeds: Mapping[str, npt.NDArray[Any]], output: str) -> Any:  # noqa: ANN401 - array or list of dicts
        """One output for arrays by input; raises BundleRefused where the graph fails."""
        try:
            return self._session.run([output], dict(feeds))[0]
        except Exception as error:  # as above
            told = str(error).splitlines()[0][:200]
            raise BundleRefused(f"The ONNX model does not answer these rows: {told}") from error

    def measure(self, feeds: Mapping[str, npt.NDArray[Any]]) -> None:
        """Find out how wide the outputs are that do not say so, by answering some rows."""
        for place, out in enumerate(self.outs):
            if out.kind in NUMBERS and not out.width and out.rank:
                answers = self.run(feeds, out.name)
                measured = replace(out, width=answers.size // max(len(answers), 1))
                self.outs = (*self.outs[:place], measured, *self.outs[place + 1 :])

    def feeds(self, columns: Sequence[npt.NDArray[Any]]) -> dict[str, npt.NDArray[Any]]:
        """Arrays by input, out of one array (rows,) a column, in the order of inputs and columns."""
        left = iter(columns)
        return {port.name: _feed(port, [next(left) for _ in range(port.width)]) for port in self.ports}


def _feed(port: Port, columns: list[npt.NDArray[Any]]) -> npt.NDArray[Any]:
    kind = np.object_ if port.kind == TEXT else ARRAYS[port.kind]
    with np.errstate(all="ignore"):
        stacked = np.stack([column.astype(kind) for column in columns], axis=1)
    return stacked.reshape(-1) if port.rank == 1 else stacked.reshape(-1, *port.shape)


def _port(given: Any) -> Port:  # noqa: ANN401 - onnxruntime has no types
    if given.type not in ARRAYS and given.type != TEXT:
        raise BundleRefused(
            f"The input {given.name[:80]!r} is a {given.type}, which no row is.", remedy=EXPORT
        )
    shape = list(given.shape)
    if not shape or isinstance(shape[0], int):
        raise BundleRefused(f"The input {given.name[:80]!r} takes a fixed number of rows.", remedy=EXPORT)
    widths = shape[1:]
    if not all(isinstance(width, int) and width > 0 for width in widths):
        raise BundleRefused(
            f"The input {given.name[:80]!r} does not say how many columns it takes.",
            remedy="Export it again with the number of columns in its input's shape.",
        )
    return Port(given.name, given.type, tuple(widths), len(shape))


def _out(given: Any) -> Out:  # noqa: ANN401
    shape = list(given.shape) if given.type.startswith("tensor") else []
    widths = shape[1:]
    known = bool(shape) and all(isinstance(width, int) for width in widths)
    return Out(given.name, given.type, max(len(shape), 1), prod(widths) if known else 0)


def _refuse_old(model: Any) -> None:  # noqa: ANN401 - a protobuf message
    versions = [o.version for o in model.opset_import if o.domain in ("", "ai.onnx")]
    if versions and max(versions) < OLDEST_OPSET:
        raise BundleRefused(
            f"The ONNX model is of operator set {max(versions)}.",
            remedy=f"Export it again for {OLDEST_OPSET} or later.",
        )


def nodes_of(graph: Any) -> Iterator[Any]:  # noqa: ANN401 - protobuf messages
    """Every node, those of inner graphs too."""
    for node in graph.node:
        yield node
        for attribute in node.attribute:
            for inner in (*([attribute.g] if attribute.HasField("g") else []), *attribute.graphs):
                yield from nodes_of(inner)
