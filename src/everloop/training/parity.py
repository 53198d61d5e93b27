"""Proof that the stored form answers as the fitted estimator does, on real rows."""

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from everloop.bundles.encoding import UNSEEN
from everloop.bundles.runtime import Columns, Matrix, Output
from everloop.records.bundle import Parity
from everloop.records.signature import Column, Signature

MOST_ROWS = 2000
TOLERANCE = 1e-4
EVERY = 7  # every seventh row misses a value, or has a category that the model does not know
UNSEEN_TEXT = "\x1funseen"


def sample(table: pa.Table) -> pa.Table:
    """At most 2,000 rows of the table, evenly spread over it."""
    count = min(MOST_ROWS, table.num_rows)
    return table.take(np.arange(count, dtype=np.int64) * table.num_rows // max(count, 1))


def disturbed(signature: Signature, inputs: Matrix | Columns) -> Matrix | Columns:
    """A copy in which some cells are missing, where the signature allows it, and some categories unseen."""
    if isinstance(inputs, np.ndarray):
        matrix = inputs.copy()
        for place, column in enumerate(signature.columns):
            matrix[:, place] = _disturbed(column, matrix[:, place], place, text=False)
        return matrix
    return {
        column.name: _disturbed(column, inputs[column.name].copy(), place, text=True)
        for place, column in enumerate(signature.columns)
    }


def _disturbed(
    column: Column, values: npt.NDArray[np.generic], place: int, *, text: bool
) -> npt.NDArray[np.generic]:
    in_text = text and column.kind == "category"
    if column.nullable:
        values[place % EVERY :: EVERY] = (column.missing or "") if in_text else np.nan
    if column.kind == "category":
        values[(place + 3) % EVERY :: EVERY] = UNSEEN_TEXT if in_text else UNSEEN
    return values


def compare(task: str, expected: Output, found: Output) -> Parity:
    """The largest difference of outputs; values of a regression are measured in their standard deviations."""
    wide, other = expected.astype(np.float64), found.astype(np.float64)
    if wide.shape != other.shape:
        return Parity(rows=len(wide), largest_difference=float("inf"), tolerance=TOLERANCE)
    scale = float(wide.std()) or 1.0 if task == "regression" else 1.0
    difference = np.abs(wide - other) / scale
    differing = 0 if task == "regression" else int((wide.argmax(axis=1) != other.argmax(axis=1)).sum())
    return Parity(
        rows=len(wide),
        largest_difference=float(np.nan_to_num(difference, nan=np.inf).max(initial=0.0)),
        tolerance=TOLERANCE,
        labels_differing=differing,
    )


def holds(parity: Parity) -> bool:
    """Whether the difference is one of rounding."""
    return parity.largest_difference <= parity.tolerance
