"""What a bundle answers to rows. A row that it cannot answer is its own, and takes no other row with it."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from everloop.bundles.door import Bundle
from everloop.bundles.encoding import encode
from everloop.errors import EverloopError
from everloop.records.signature import Signature

Numbers = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Scored:
    """A value a row, or a probability a class; NaN in a row that got no answer."""

    outputs: Numbers  # (rows,) or (rows, classes of the signature)
    answered: Flags  # finite outputs
    failure: str = ""  # what stopped a row that got no answer
    chances: bool = True  # False: a 1 stands for the class that was answered, and no probability is known

    @property
    def failed(self) -> int:
        """Rows without an answer."""
        return int((~self.answered).sum())

    @property
    def values(self) -> Numbers:
        """The outputs with a row's values in a line: (rows, 1) for numbers."""
        return self.outputs if self.outputs.ndim == 2 else self.outputs[:, None]


def score(bundle: Bundle, inputs: pa.Table) -> Scored:
    """The bundle's outputs for `inputs`, a table with the columns of its signature."""
    signature = bundle.manifest.signature
    rows, width = inputs.num_rows, len(signature.classes) if signature.task == "classification" else 1
    outputs = np.full((rows, width), np.nan)
    whole, failure = _whole(signature, inputs)
    failures = [failure] if failure else []
    places, fit = np.flatnonzero(whole), inputs.filter(pa.array(whole))
    runtime = bundle.runtime()

    def answer(start: int, stop: int) -> str:
        try:
            found = runtime.predict(encode(signature, fit.slice(start, stop - start)))
        except EverloopError as error:
            return error.message.removeprefix("Row 1: ")
        except Exception as error:  # noqa: BLE001 - whatever a library raises: that row got no answer
            return f"{type(error).__name__}: {(str(error).splitlines() or [''])[0]}"
        outputs[places[start:stop]] = found.reshape(stop - start, width)
        return ""

    _in_parts(answer, 0, len(places), failures)
    answered: Flags = np.isfinite(outputs).all(axis=1)
    outputs[~answered] = np.nan
    if not answered.all() and not failures:
        failures.append("its output is not a finite number")
    shaped = outputs if signature.task == "classification" else outputs[:, 0]
    return Scored(shaped, answered, failures[0] if failures else "")


def _whole(signature: Signature, inputs: pa.Table) -> tuple[Flags, str]:
    """Which rows have all that the signature asks for, and what one of the others lacks."""
    whole = np.ones(inputs.num_rows, dtype=bool)
    lacking = ""
    for column in signature.columns:
        if not column.nullable and inputs[column.name].null_count:
            whole &= inputs[column.name].is_valid().to_numpy()
            lacking = lacking or f"{column.name!r} is missing"
    return whole, lacking


def _in_parts(answer: Callable[[int, int], str], start: int, stop: int, failures: list[str]) -> None:
    """All rows at once; where that fails, both halves, down to the row that fails."""
    if start == stop:
        return
    failure = answer(start, stop)
    if failure and stop - start == 1:
        failures.append(failure)
    elif failure:
        middle = (start + stop) // 2
        _in_parts(answer, start, middle, failures)
        _in_parts(answer, middle, stop, failures)
