"""How much of the truth one input tells alone: learned from some rows, measured on others."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as _compute

from everloop.records.signature import Column

pc: Any = _compute
Numbers = npt.NDArray[np.float64]
Codes = npt.NDArray[np.int64]

BINS = 64


@dataclass(frozen=True, slots=True)
class Alone:
    """The commonest class, or the mean, in each bin of numbers and for each category; one bin more for missing."""

    column: Column
    edges: Numbers
    answers: Numbers
    unless: float  # in a bin without rows

    def answer(self, cells: Any) -> Numbers:  # noqa: ANN401 - Arrow cells of the column's kind
        """What the input says of each row."""
        places = _places(self.column, cells, self.edges)
        return np.where(np.isnan(self.answers[places]), self.unless, self.answers[places])


def learn(column: Column, cells: Any, truth: Numbers, classes: int) -> Alone:  # noqa: ANN401
    """From rows with this input and this truth: places of `classes`, or numbers where there are none."""
    edges = _edges(column, cells)
    places = _places(column, cells, edges)
    bins = 2 + (len(column.categories) if column.kind == "category" else len(edges))
    if classes:
        counts = np.zeros((bins, classes))
        np.add.at(counts, (places, truth.astype(np.int64)), 1)
        answers = np.where(counts.any(axis=1), counts.argmax(axis=1), np.nan)
        return Alone(column, edges, answers, float(counts.sum(axis=0).argmax()))
    total, rows = np.bincount(places, truth, bins), np.bincount(places, minlength=bins)
    answers = np.divide(total, rows, out=np.full(bins, np.nan), where=rows > 0)
    return Alone(column, edges, answers, float(truth.mean()))


def skill(answers: Numbers, truth: Numbers, classes: int) -> float | None:
    """How much of what the best constant gets wrong the answers get right: 0 none of it, 1 all, below 0 less than none.

    Of numbers it is the share of the variance that they explain. None where the truth does not vary.
    """
    if classes:
        base = np.bincount(truth.astype(np.int64), minlength=classes).max() / len(truth)
        return None if base == 1 else float((np.mean(answers == truth) - base) / (1 - base))
    spread = float(((truth - truth.mean()) ** 2).sum())
    return None if spread == 0 else 1 - float(((answers - truth) ** 2).sum()) / spread


def _edges(column: Column, cells: Any) -> Numbers:  # noqa: ANN401
    if column.kind != "number":
        return np.array([0.5])
    present = _finite(cells)
    if not len(present):
        return np.empty(0)
    return np.unique(np.quantile(present, np.linspace(0, 1, BINS + 1)[1:-1]))


def _places(column: Column, cells: Any, edges: Numbers) -> Codes:  # noqa: ANN401
    """The bin of each row; the last one is for missing values, and for categories that it does not know."""
    if column.kind == "category":
        known = pa.array(column.categories, pa.large_string())
        found = pc.index_in(pc.cast(_plain(cells), pa.large_string()), value_set=known)
        return np.asarray(pc.fill_null(found, len(column.categories)), dtype=np.int64)
    values = np.asarray(
        pc.fill_null(pc.cast(_plain(cells), pa.float64(), safe=False), np.nan), dtype=np.float64
    )
    places = np.searchsorted(edges, values, side="left")
    return np.where(np.isnan(values), len(edges) + 1, places)


def _finite(cells: Any) -> Numbers:  # noqa: ANN401
    values: Numbers = (
        pc.cast(_plain(cells), pa.float64(), safe=False).drop_null().to_numpy(zero_copy_only=False)
    )
    return values[np.isfinite(values)]


def _plain(cells: Any) -> Any:  # noqa: ANN401
    joined: Any = cells.combine_chunks() if isinstance(cells, pa.ChunkedArray) else cells
    return joined.dictionary_decode() if pa.types.is_dictionary(joined.type) else joined
