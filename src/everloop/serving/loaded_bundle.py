"""A bundle as the data plane holds it: decoder, model and the texts of its answers, all made before it serves."""

from collections.abc import Callable
from math import isfinite
from typing import Any

import msgspec
import numpy as np

from everloop.bundles.door import Bundle
from everloop.bundles.runtime import Columns, Matrix, Output, PackedRuntime
from everloop.errors import BundleRefused
from everloop.records.signature import Signature
from everloop.serving.decoding import Decoded, RequestDecoder


class ModelFailed(Exception):
    """The model did not answer as its signature says."""


class LoadedBundle:
    """A model that is ready to answer, for one thread."""

    rung = "model"  # what the ledger says of who answered

    def __init__(self, bundle: Bundle, *, max_rows: int) -> None:
        """Load and warm; raises BundleRefused for a model that cannot answer a row of its own signature."""
        self.digest = bundle.digest
        self.signature: Signature = bundle.manifest.signature
        self._decoder = RequestDecoder(self.signature, max_rows=max_rows)
        self.decode = self._decoder.decode
        self._runtime = bundle.runtime()
        self._predict_packed: Callable[[bytes, int], Output] | None = None
        if self.signature.layout == "matrix" and isinstance(self._runtime, PackedRuntime):
            self._predict_packed = self._runtime.predict_packed
        self._labels = [msgspec.json.encode(label) for label in self.signature.classes]
        self._width = len(self.signature.columns)
        self._warm()

    def infer(self, decoded: Decoded) -> Output:
        """One inference for all rows; the array may be overwritten by the next call. Raises ModelFailed."""
        rows = decoded.rows
        try:
            if self._predict_packed is not None:
                output = self._predict_packed(decoded.packed, rows)
            elif self.signature.layout == "matrix":
                matrix: Matrix = np.frombuffer(decoded.packed, dtype="<f4").reshape(rows, self._width)
                output = self._runtime.predict(matrix)
            else:
                output = self._runtime.predict(self._columns(decoded))
        except Exception as error:
            # Whatever a model raises, the worker and its other endpoints go on.
            raise ModelFailed(str(error).partition("\n")[0][:200]) from error
        if output.shape != ((rows, len(self._labels)) if self._labels else (rows,)):
            raise ModelFailed(f"it answered an array of shape {output.shape} for {rows} rows")
        return output

    def texts(self, answers: list[Any]) -> list[bytes]:
        """The JSON of each prediction; `answers` are the rows of an output as Python numbers.

        Raises ModelFailed for an answer that is no finite number, which JSON cannot carry.
        """
        if not self._labels:
            if not all(map(isfinite, answers)):
                raise ModelFailed("it answered a number that is not finite")
            return [repr(value).encode() for value in answers]
        labels = self._labels
        texts = []
        for row in answers:
            if not isfinite(sum(row)):
                raise ModelFailed("it answered a probability that is not finite")
            texts.append(labels[row.index(max(row))])
        return texts

    def _columns(self, decoded: Decoded) -> Columns:
        cells = list(zip(*decoded.values, strict=True))
        return {
            column.name: np.array(
                cells[place], dtype=np.object_ if column.kind == "category" else np.float32
            ).reshape(-1, 1)
            for place, column in enumerate(self.signature.columns)
        }

    def _warm(self) -> None:
        """Answer a few rows, so that the first caller does not pay for what is made lazily."""
        try:
            for rows in (1, 2, 1):
                body = msgspec.json.encode({"instances": [example(self.signature)] * rows})
                self.infer(self.decode(body))
        except ModelFailed as error:
            raise BundleRefused(
                f"Bundle {self.digest[:12]} was refused: its model fails: {error}."
            ) from error


def example(signature: Signature) -> dict[str, object]:
    """A row that the signature accepts: zeros, false, and each category's first."""
    values: dict[str, object] = {}
    for column in signature.columns:
        match column.kind:
            case "number":
                values[column.name] = 0.0
            case "boolean":
                values[column.name] = False
            case "category":
                values[column.name] = column.categories[0] if column.categories else ""
    return values
