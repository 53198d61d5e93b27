"""The rows to learn from: those with a target, part of them kept to score."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as _compute

from everloop.errors import RecipeRefused, TrainingFailed
from everloop.records.recipe import RecipeRecord
from everloop.training.estimator import Estimator
from everloop.training.labels import Labels, labels_of
from everloop.training.recipe import ROW_ORDER
from everloop.training.split import Rows, last_rows_split, random_split
from everloop.training.task import Kind, resolve_task

pc: Any = _compute


@dataclass(frozen=True, slots=True)
class Material:
    """Rows that all have a target, what they teach, and which of them fit and which score."""

    table: pa.Table
    task: Kind
    labels: Labels
    to_fit: Rows
    to_score: Rows
    left_out: int  # rows without a target

    @property
    def fit_rows(self) -> pa.Table:
        """The rows that the model may see."""
        return self.table.take(self.to_fit)

    @property
    def score_rows(self) -> pa.Table:
        """The rows that it must not see before it is scored."""
        return self.table.take(self.to_score)


def gather(record: RecipeRecord, estimator: Estimator, table: pa.Table) -> Material:
    """Divide the rows of `table` as the recipe says; raises RecipeRefused or TrainingFailed where it cannot be."""
    name = record.target.outcome
    known = _with_target(name, table)
    task = resolve_task(record.task, estimator, known[name])
    labels = labels_of(known[name], name, task)
    to_fit, to_score = _split(record, known, labels)
    return Material(known, task, labels, to_fit, to_score, table.num_rows - known.num_rows)


def held_out(record: RecipeRecord, task: Kind, table: pa.Table) -> pa.Table:
    """The rows of `table` that the recipe keeps from its fit; raises what `gather` raises."""
    known = _with_target(record.target.outcome, table)
    _, to_score = _split(record, known, labels_of(known[record.target.outcome], record.target.outcome, task))
    return known.take(to_score)


def _with_target(name: str, table: pa.Table) -> pa.Table:
    if name not in table.column_names:
        raise RecipeRefused(
            f"The dataset has no column {name!r} to learn.",
            remedy=f"It has: {', '.join(table.column_names)[:300]}.",
        )
    known = table.filter(pc.invert(pc.is_null(table[name], nan_is_null=True)))
    if known.num_rows < 2:
        raise TrainingFailed(
            f"{known.num_rows} of {table.num_rows:,} rows have a value in {name!r}.",
            remedy="A fit and its score need at least two.",
        )
    return known


def _split(record: RecipeRecord, table: pa.Table, labels: Labels) -> tuple[Rows, Rows]:
    if not record.order_by:
        strata = labels.values if labels.classes else None
        to_fit, to_score = random_split(strata, table.num_rows, record.test_share, record.seed)
    else:
        order = None if record.order_by == ROW_ORDER else _order(record.order_by, table)
        to_fit, to_score = last_rows_split(order, table.num_rows, record.test_share)
    if len(to_score) == 0:
        raise TrainingFailed("Each class has one row: none is left to score.", remedy="Add rows.")
    if labels.classes and len(np.unique(labels.values[to_fit])) < len(labels.classes):
        raise TrainingFailed(
            "Some class stands in the latest rows only, which are kept to score the model.",
            remedy="Choose a smaller test_share, or leave order_by out.",
        )
    return to_fit, to_score


def _order(name: str, table: pa.Table) -> Rows:
    """The rank of each row's time, equal for equal times."""
    if name not in table.column_names:
        raise RecipeRefused(f"order_by={name!r}: the dataset has no such column.")
    cells: Any = table[name].combine_chunks()
    if cells.null_count:
        raise TrainingFailed(f"order_by={name!r}: {cells.null_count:,} rows have no value in it.")
    return np.asarray(pc.rank(cells, tiebreaker="dense"), dtype=np.int64)
