"""Rows told by their content: inputs as a model reads them, and truth."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as _compute

from everloop.evaluation.labels import as_text
from everloop.records.signature import Column

pc: Any = _compute
Marks = npt.NDArray[np.uint64]


def fingerprints(columns: Sequence[Column], rows: pa.Table, truth: Sequence[Any]) -> Marks:
    """A mark a row: equal where inputs and truth are equal, else different but for 1 pair in 2^64.

    Numbers count as the 32-bit floats that models read. A column that `rows` do not have is missing in all of them.
    """
    import pandas as pd

    plain: dict[str, Any] = {"truth": ["" if value is None else as_text(value) for value in truth]}
    for place, column in enumerate(columns):
        plain[f"c{place}"] = _plain(column, rows)
    return np.asarray(pd.util.hash_pandas_object(pd.DataFrame(plain), index=False), dtype=np.uint64)


def coincidence(marks: Marks) -> float:
    """How often a row equals another by chance: the share of one half of the rows that the other half holds too.

    0 where nearly every row is its own, as with measured numbers; large for rows of a few categories. The halves are
    mixed, always in the same way.
    """
    mixed = np.random.default_rng(0).permutation(marks)
    half = len(marks) // 2
    return float(np.isin(mixed[half:], mixed[:half]).mean()) if half else 0.0


def _plain(column: Column, rows: pa.Table) -> Any:  # noqa: ANN401 - an array of numbers or of texts
    if column.name not in rows.column_names:
        return np.zeros(rows.num_rows)
    cells: Any = rows[column.name].combine_chunks()
    if pa.types.is_dictionary(cells.type):
        cells = cells.dictionary_decode()
    if column.kind == "category":
        return ["" if value is None else str(value) for value in cells.to_pylist()]
    numbers = pc.cast(cells, pa.float64(), safe=False).to_numpy(zero_copy_only=False)
    with np.errstate(over="ignore"):
        narrow = numbers.astype(np.float32) + np.float32(0)  # one zero
    return np.where(np.isnan(narrow), np.float32(np.nan), narrow)
