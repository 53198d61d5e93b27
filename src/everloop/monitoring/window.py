"""A window of rows folded onto a reference: each column's values counted in its bins or cells."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from everloop.monitoring.columns import Cells, Counts, Numbers, counted, fresh, numbers_of, texts_of
from everloop.monitoring.reference import CellColumn, NumberColumn, Reference, ReferenceColumn, binned
from everloop.records.monitor import ColumnCounts, Stretch


@dataclass(frozen=True, slots=True)
class Folded:
    """One column of a window. `values`, of numbers, are those that are there, rising; `fresh`, of cells, is how many
    were never seen in training, and how often the most frequent of them comes. A stretch has neither."""

    counts: Counts
    missing: int
    values: Numbers | None = None
    fresh: tuple[int, int] | None = None

    @property
    def present(self) -> int:
        """How many rows have a value."""
        return int(self.counts.sum())

    @property
    def rows(self) -> int:
        """How many rows there are."""
        return self.present + self.missing


@dataclass(frozen=True, slots=True)
class Window:
    """All columns of a window, in the reference's order, and the champion's answers in it."""

    rows: int
    columns: tuple[Folded, ...]
    answers: Folded | None


def fold(reference: Reference, inputs: pa.Table, answers: Cells | None) -> Window:
    """`inputs`, by their own names, folded onto `reference`.

    `answers` are those of the champion alone: with a rollout under way there are fewer of them than rows. An input
    that the table does not have is missing everywhere.
    """
    return Window(
        rows=inputs.num_rows,
        columns=tuple(fold_column(column, _cells(inputs, column.name)) for column in reference.columns),
        answers=None
        if reference.answers is None or answers is None
        else fold_column(reference.answers, answers),
    )


def fold_column(reference: ReferenceColumn, cells: Cells) -> Folded:
    """One column's values, counted."""
    if isinstance(reference, NumberColumn):
        values, missing = numbers_of(cells)
        return Folded(binned(values, reference.edges), missing, values)
    texts, missing = texts_of(cells)
    counts = counted(texts, reference.cells)
    return Folded(counts, missing, fresh=fresh(texts, reference.cells) if counts[-1] else (0, 0))


def added(reference: Reference, stretch: Stretch | None, window: Window) -> Stretch:
    """The stretch with one more window."""
    before = stretch or _nothing(reference)
    pairs = zip(before.columns, window.columns, strict=True)
    return Stretch(
        rows=before.rows + window.rows,
        columns=tuple(_plus(counts, folded) for counts, folded in pairs),
        answers=before.answers
        and (_plus(before.answers, window.answers) if window.answers else before.answers),
    )


def unfolded(*stretches: Stretch) -> Window:
    """Stretches as one window, of counts alone."""
    first, *others = stretches
    columns = tuple(_sum(column) for column in zip(*(s.columns for s in stretches), strict=True))
    answers = [s.answers for s in stretches if s.answers is not None]
    return Window(
        first.rows + sum(s.rows for s in others), columns, _sum(tuple(answers)) if answers else None
    )


def _cells(rows: pa.Table, name: str) -> Cells:
    return (
        rows[name] if name in rows.column_names else pa.chunked_array([pa.nulls(rows.num_rows, pa.string())])
    )


def _nothing(reference: Reference) -> Stretch:
    answers = reference.answers
    return Stretch(
        rows=0,
        columns=tuple(_empty(column) for column in reference.columns),
        answers=None if answers is None else _empty(answers),
    )


def _empty(column: NumberColumn | CellColumn) -> ColumnCounts:
    return ColumnCounts(name=column.name, missing=0, counts=(0,) * len(column.counts))


def _plus(before: ColumnCounts, folded: Folded) -> ColumnCounts:
    counts = np.asarray(before.counts, np.int64) + folded.counts
    return ColumnCounts(
        name=before.name, missing=before.missing + folded.missing, counts=tuple(counts.tolist())
    )


def _sum(parts: tuple[ColumnCounts, ...]) -> Folded:
    counts: Counts = np.asarray([part.counts for part in parts], np.int64).sum(axis=0)
    return Folded(counts, sum(part.missing for part in parts))
