"""Columns of a table as monitors compare them: numbers sorted, categories and booleans counted in cells."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as _compute

from everloop.records.signature import Label

Cells = Any  # a pyarrow.ChunkedArray, or an Array
Numbers = npt.NDArray[np.float32]
Counts = npt.NDArray[np.int64]
pc: Any = _compute


def numbers_of(column: Cells) -> tuple[Numbers, int]:
    """The numbers that are there, rising, as models read them (32 bits), and how many are missing.

    NaN, and what is beyond 32-bit floats, is missing.
    """
    wide = pc.cast(column, pa.float64(), safe=False).to_numpy()
    with np.errstate(over="ignore"):
        values = np.asarray(wide, dtype=np.float32)
    present = values[np.isfinite(values)]
    present.sort()
    return present, len(values) - len(present)


def texts_of(column: Cells) -> tuple[Cells, int]:
    """The texts that are there, and how many are missing; booleans read `true` and `false`."""
    if pa.types.is_dictionary(column.type):
        column = pc.cast(column, column.type.value_type)
    present = column.drop_null()
    return pc.cast(present, pa.large_string()), len(column) - len(present)


def counted(texts: Cells, cells: Sequence[str]) -> Counts:
    """How often each of `cells` is among the texts; in the last place, how many are none of them."""
    known = pa.array(cells, pa.large_string())
    places = pc.fill_null(pc.index_in(texts, value_set=known), len(cells)).to_numpy()
    return np.bincount(places, minlength=len(cells) + 1).astype(np.int64)


def fresh(texts: Cells, cells: Sequence[str]) -> tuple[int, int]:
    """How many different texts are none of `cells`, and how often the most frequent of them comes."""
    known = pc.is_in(texts, value_set=pa.array(cells, pa.large_string()))
    counts = pc.value_counts(texts.filter(pc.invert(known))).field("counts")
    return len(counts), int(pc.max(counts).as_py() or 0)


def told(label: Label) -> str:
    """A class as its cell.

    >>> told(7.0), told(True), told("cat")
    ('7', 'true', 'cat')
    """
    if isinstance(label, bool):
        return str(label).lower()
    return str(int(label)) if isinstance(label, float) and label.is_integer() else str(label)
