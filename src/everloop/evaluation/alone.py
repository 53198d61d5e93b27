"""How much of the truth one input tells alone: learned from some rows, measured on others."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as _compute

from everloop.records.signature import Column

pc: Any = _compute
Cells = Any  # of Arrow, in the type of the column's kind
Numbers = npt.NDArray[np.float64]
Codes = npt.NDArray[np.int64]

BINS = 64
FEWEST_IN_BIN = 4  # rows, about


@dataclass(frozen=True, slots=True)
class Alone:
    """The commonest class, or the mean, in each bin of numbers and for each category; one bin more for missing.

    From numbers to numbers it is a line through the bins instead: `knots` and what the truth is there.
    """

    column: Column
    edges: Numbers
    answers: Numbers
    unless: float  # in a bin without rows
    knots: tuple[Numbers, Numbers] | None = None

    def answer(self, cells: Cells) -> Numbers:
        """What the input says of each row."""
        said = self.answers[_places(self.column, cells, self.edges)]
        found: Numbers = np.where(np.isnan(said), self.unless, said)
        if self.knots is None:
            return found
        values = _numbers(cells)
        return np.where(np.isnan(values), found, np.interp(values, *self.knots))


def learn(column: Column, cells: Cells, truth: Numbers, classes: int) -> Alone:
    """From rows with this input and this truth: places of `classes`, or numbers where there are none."""
    edges = _edges(column, cells)
    places = _places(column, cells, edges)
    bins = 2 + (len(column.categories) if column.kind == "category" else len(edges))
    if classes:
        counts = np.zeros((bins, classes))
        np.add.at(counts, (places, truth.astype(np.int64)), 1)
        answers = np.where(counts.any(axis=1), counts.argmax(axis=1), np.nan)
        return Alone(column, edges, answers, float(counts.sum(axis=0).argmax()))
    knots = _knots(_numbers(cells), truth, places, bins) if column.kind == "number" else None
    return Alone(column, edges, _means(places, truth, bins), float(truth.mean()), knots)


def skill(answers: Numbers, truth: Numbers, classes: int) -> float | None:
    """How much of what the best constant gets wrong the answers get right: 0 none of it, 1 all, below 0 less than none.

    Of numbers it is the share of the variance that they explain. None where the truth does not vary.
    """
    if classes:
        base = np.bincount(truth.astype(np.int64), minlength=classes).max() / len(truth)
        return None if base == 1 else float((np.mean(answers == truth) - base) / (1 - base))
    spread = float(((truth - truth.mean()) ** 2).sum())
    return None if spread == 0 else 1 - float(((answers - truth) ** 2).sum()) / spread


def _means(places: Codes, values: Numbers, bins: int) -> Numbers:
    """The mean in each bin, NaN where it has no rows."""
    rows = np.bincount(places, minlength=bins)
    none: Numbers = np.full(bins, np.nan)
    return np.divide(np.bincount(places, values, bins), rows, out=none, where=rows > 0)


def _knots(values: Numbers, truth: Numbers, places: Codes, bins: int) -> tuple[Numbers, Numbers] | None:
    """Where the middles of the bins lie, and the two ends; None without numbers."""
    present = np.isfinite(values)
    if not present.any():
        return None
    values, truth, places = values[present], truth[present], places[present]
    ends = np.array([values.argmin(), values.argmax()])
    across = np.concatenate([_means(places, values, bins), values[ends]])
    up = np.concatenate([_means(places, truth, bins), truth[ends]])
    order = np.argsort(across, kind="stable")[: int((~np.isnan(across)).sum())]
    return across[order], up[order]


def _edges(column: Column, cells: Cells) -> Numbers:
    if column.kind != "number":
        return np.array([0.5])
    values = _numbers(cells)
    present = values[np.isfinite(values)]
    if not len(present):
        return np.empty(0)
    bins = min(BINS, max(2, len(present) // FEWEST_IN_BIN))
    return np.unique(np.quantile(present, np.linspace(0, 1, bins + 1)[1:-1]))


def _places(column: Column, cells: Cells, edges: Numbers) -> Codes:
    """The bin of each row; the last one is for missing values, and for categories that it does not know."""
    if column.kind == "category":
        known = pa.array(column.categories, pa.large_string())
        found = pc.index_in(pc.cast(_plain(cells), pa.large_string()), value_set=known)
        return np.asarray(pc.fill_null(found, len(column.categories)), dtype=np.int64)
    values = _numbers(cells)
    places = np.searchsorted(edges, values, side="left")
    return np.where(np.isnan(values), len(edges) + 1, places)


def _numbers(cells: Cells) -> Numbers:
    """As floats, NaN for missing."""
    values: Cells = pc.cast(_plain(cells), pa.float64(), safe=False)
    return np.asarray(pc.fill_null(values, np.nan), dtype=np.float64)


def _plain(cells: Cells) -> Cells:
    joined: Cells = cells.combine_chunks() if isinstance(cells, pa.ChunkedArray) else cells
    return joined.dictionary_decode() if pa.types.is_dictionary(joined.type) else joined
