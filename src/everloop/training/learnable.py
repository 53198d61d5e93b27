"""Whether a table can teach a target at all, asked before anything is made of it."""

import difflib
from collections.abc import Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as _compute

from everloop.errors import InvalidData, InvalidRequest
from everloop.records.recipe import RecipeRecord
from everloop.training.columns import choose_columns
from everloop.training.labels import labels_of
from everloop.training.target import Target
from everloop.training.task import Kind, task_of

pc: Any = _compute
FEWEST_ROWS = 20  # whose truth is known: of fewer a model can only guess


def learnable(table: pa.Table, target: str) -> Kind:
    """What the column `target` asks for.

    It must have a value in 20 rows, and two different ones; classes have two rows each on average, and are 1,000 at
    most; a number is finite and does not merely count the rows; some other column must be one that a model reads.
    Raises InvalidRequest where there is no such column, else InvalidData, RecipeRefused or TrainingFailed, as a
    training on the table would.
    """
    if target not in table.column_names:
        raise InvalidRequest(
            f"The table has no column {target!r}.", remedy=_nearest(target, table.column_names)
        )
    if not table.num_rows:
        raise InvalidData("The table has columns and no rows.", remedy="Give rows whose truth is known.")
    known = table.filter(pc.invert(pc.is_null(table[target], nan_is_null=True)))
    if known.num_rows < FEWEST_ROWS:
        raise InvalidData(
            f"{known.num_rows} of {table.num_rows:,} rows have a value in {target!r}.",
            remedy=f"Give {FEWEST_ROWS} rows whose truth is known, or more.",
        )
    cells = known[target]
    task = task_of(cells)
    _refuse_identifiers(cells, target, task)
    labels_of(cells, target, task)
    choose_columns(_plain(target), known)
    return task


def _nearest(name: str, known: Sequence[str]) -> str:
    """The column that was meant, whatever its case; else which there are."""
    folded = {column.casefold(): column for column in known}
    near = difflib.get_close_matches(name.casefold(), folded, n=1, cutoff=0.6)
    return f"Did you mean {folded[near[0]]!r}?" if near else f"It has: {', '.join(known)[:300]}."


def _refuse_identifiers(cells: "pa.ChunkedArray[Any]", target: str, task: Kind) -> None:
    different = pc.count_distinct(cells).as_py()
    if task == "classification" and different * 2 > len(cells):
        raise InvalidData(
            f"{target!r} has {different:,} different values in {len(cells):,} rows: they are no classes.",
            remedy="Choose the column that a model shall predict, or give two rows and more of each class.",
        )
    if task == "regression" and pa.types.is_integer(cells.type) and different == len(cells):
        ends = pc.min_max(cells).as_py()
        if ends["max"] - ends["min"] == len(cells) - 1:
            raise InvalidData(
                f"{target!r} counts the rows, from {ends['min']:,} to {ends['max']:,}: there is nothing to learn.",
                remedy="Choose the column that a model shall predict.",
            )


def _plain(target: str) -> RecipeRecord:
    """A recipe that reads every usable column."""
    return RecipeRecord(estimator="", estimator_digest="", hyperparameters={}, target=Target(target).rule())
