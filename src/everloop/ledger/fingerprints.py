"""Rows told by their content: inputs as a model reads them, and truth."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from everloop.ledger.arrow import pc
from everloop.records.signature import Column

Marks = npt.NDArray[np.uint64]


def fingerprints(columns: Sequence[Column], rows: pa.Table, truth: Sequence[str] | None = None) -> Marks:
    """A mark a row: equal where inputs, and truth if it is given, are equal, else different but for 1 pair in 2^64.

    Numbers count as the 32-bit floats that models read. A column that `rows` do not have is missing in all of them.
    """
    import pandas as pd

    plain: dict[str, Any] = {f"c{place}": _plain(column, rows) for place, column in enumerate(columns)}
    if truth is not None:
        plain["truth"] = _texts(pa.chunked_array([pa.array(truth, pa.string())]))
    if not plain:
        return np.zeros(rows.num_rows, np.uint64)
    return np.asarray(pd.util.hash_pandas_object(pd.DataFrame(plain), index=False), dtype=np.uint64)


def coincidence(marks: Marks) -> float:
    """How often a row equals another by chance: the share of one half of the rows that the other half holds too.

    0 where nearly every row is its own, as with measured numbers; large for rows of a few categories. The halves are
    mixed, always in the same way.
    """
    mixed = np.random.default_rng(0).permutation(marks)
    half = len(marks) // 2
    return float(np.isin(mixed[half:], mixed[:half]).mean()) if half else 0.0


def _plain(column: Column, rows: pa.Table) -> npt.NDArray[Any]:
    if column.name not in rows.column_names:
        return np.zeros(rows.num_rows)
    cells: Any = rows[column.name]
    if column.kind == "category":
        return _texts(cells)
    if pa.types.is_dictionary(cells.type):
        cells = cells.cast(cells.type.value_type)
    numbers = pc.cast(cells, pa.float64(), safe=False).to_numpy(zero_copy_only=False)
    with np.errstate(over="ignore"):
        narrow = numbers.astype(np.float32) + np.float32(0)  # one zero
    return np.where(np.isnan(narrow), np.float32(np.nan), narrow)


def _texts(cells: Any) -> Marks:  # noqa: ANN401 - pa.ChunkedArray
    """A mark a text, which is hashed once however many cells hold it; a missing one is as the empty text."""
    import pandas as pd

    encoded: Any = cells.combine_chunks()
    if not pa.types.is_dictionary(encoded.type):
        encoded = encoded.dictionary_encode()
    texts = ["" if value is None else str(value) for value in encoded.dictionary.to_pylist()]
    marks = np.asarray(pd.util.hash_array(np.array([*texts, ""], dtype=object), categorize=False), np.uint64)
    places: npt.NDArray[np.int64] = encoded.indices.fill_null(len(texts)).to_numpy(zero_copy_only=False)
    return marks[places]
