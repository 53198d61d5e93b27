"""The training window as monitors compare with it: made once for each champion, kept as one blob."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from everloop.monitoring.columns import Cells, Counts, Numbers, counted, numbers_of, pc, texts_of, told
from everloop.records.signature import Column, Label, Signature
from everloop.statistics.drift.ks import SortedSample, sorted_sample
from everloop.statistics.tally import Tally

MOST_ROWS = 200_000  # of a larger window a sample is compared with
MOST_CELLS = 5_000  # of a column; rarer categories count as one
FINE = 60  # bins, of which stretches of many windows keep counts
COARSE = 10  # bins that the PSI is told over: the fine ones put together


@dataclass(frozen=True, slots=True)
class NumberColumn:
    """A column of numbers.

    `edges` part it into bins: up to and with the first edge, ..., above the last. The first bin holds what is below
    the window's smallest number and the last what is above its largest, so that both are empty in the window itself.
    """

    name: str
    sample: SortedSample
    missing: int
    edges: Numbers
    coarse: Counts  # the places of the edges that part the coarse bins
    counts: Counts


@dataclass(frozen=True, slots=True)
class CellColumn:
    """A column of categories or booleans: its cells, the most frequent first, and in the last place the rest."""

    name: str
    cells: tuple[str, ...]
    missing: int
    counts: Counts
    once: (
        int  # rows whose category stands there once: about so many further ones are still unseen (Good 1953)
    )


ReferenceColumn = NumberColumn | CellColumn


@dataclass(frozen=True, slots=True)
class Reference:
    """Every input in the training window, and the champion's answers on rows that its fit has not seen."""

    rows: int
    columns: tuple[ReferenceColumn, ...]
    answers: ReferenceColumn | None  # None where no such rows are known
    deviation: float = 0.0  # of a number that is predicted: the standard deviation of its answers
    promised: Tally | None = None  # how well these were answered: rights, or absolute errors


def reference_of(
    signature: Signature,
    rows: pa.Table,
    answers: Sequence[Label] | Numbers | None = None,
    promised: Tally | None = None,
) -> Reference:
    """The reference for a model of `signature`, trained on a window of `rows`.

    `answers` are its classes or numbers for rows that its fit has not seen, `promised` how well they were answered.
    """
    if rows.num_rows > MOST_ROWS:
        kept = np.sort(np.random.default_rng(0).choice(rows.num_rows, MOST_ROWS, replace=False))
        rows = rows.take(kept.astype(np.int64))
    return Reference(
        rows=rows.num_rows,
        columns=tuple(_column(column, rows[column.name]) for column in signature.columns),
        answers=None if answers is None or len(answers) == 0 else _answers(signature, answers),
        deviation=_deviation(signature, answers),
        promised=promised,
    )


def number_column(name: str, column: Cells) -> NumberColumn:
    """A column of numbers, missing ones counted apart."""
    values, missing = numbers_of(column)
    if len(values) == 0:
        nothing = np.zeros(0, np.float32)
        return NumberColumn(
            name, sorted_sample(nothing), missing, nothing, np.zeros(0, np.int64), np.zeros(1, np.int64)
        )
    ends = (np.nextafter(values[0], np.float32(-np.inf)), values[-1])
    fine = np.unique(np.concatenate((_quantiles(values, FINE), ends)))
    coarse = np.unique(np.concatenate((_quantiles(values, COARSE), ends)))
    return NumberColumn(
        name,
        sorted_sample(values),
        missing,
        fine,
        np.searchsorted(fine, coarse).astype(np.int64),
        binned(values, fine),
    )


def cell_column(name: str, column: Cells) -> CellColumn:
    """A column of categories or booleans, missing ones counted apart."""
    texts, missing = texts_of(column)
    found = pc.value_counts(texts)
    values, counts = found.field("values").to_pylist(), found.field("counts").to_numpy()
    ranked = sorted(zip((-counts).tolist(), values, strict=True))[:MOST_CELLS]
    cells = tuple(value for _, value in ranked)
    return CellColumn(name, cells, missing, counted(texts, cells), int((counts == 1).sum()))


def binned(values: Numbers, edges: Numbers) -> Counts:
    """How many of the rising `values` lie in each bin."""
    places = np.searchsorted(values, edges, side="right")
    return np.diff(places, prepend=0, append=len(values)).astype(np.int64)


def _quantiles(values: Numbers, parts: int) -> Numbers:
    """Observed numbers that part the rising `values` in equal parts, as far as ties let them."""
    return values[len(values) * np.arange(1, parts) // parts]


def _column(column: Column, cells: Cells) -> ReferenceColumn:
    make = number_column if column.kind == "number" else cell_column
    return make(column.name, cells)


def _answers(signature: Signature, answers: Sequence[Label] | Numbers) -> ReferenceColumn:
    if signature.task == "regression":
        return number_column("answers", pa.array(np.asarray(answers, np.float64)))
    return cell_column("answers", pa.array([told(label) for label in answers], pa.large_string()))


def _deviation(signature: Signature, answers: Sequence[Label] | Numbers | None) -> float:
    if answers is None or len(answers) == 0 or signature.task != "regression":
        return 0.0
    return float(np.std(np.asarray(answers, np.float64)))
