"""Captured answers as rows of a dataset: what callers sent, under its own name, and the truth that came back."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as _compute

from everloop.datasets.enforce import enforce
from everloop.datasets.types import ARROW, Column
from everloop.errors import SchemaMismatch
from everloop.records.dataset import Field
from everloop.records.signature import Label

pc: Any = _compute

Mask = npt.NDArray[np.bool_]

KINDS = ("number", "boolean", "category", "ignored")  # an input is captured as `<kind>.<name>`
_CHUNK = 256  # values that are tried together: most fit


@dataclass(frozen=True, slots=True, kw_only=True)
class CapturedRows:
    """The rows in the dataset's schema, which of the captured ones they are, and why others are not among them."""

    rows: pa.Table
    taken: Mask
    refused: tuple[str, ...] = ()


def as_dataset_rows(
    captured: pa.Table, truth: Column, fields: Sequence[Field], target: str, *, classes: Sequence[Label] = ()
) -> CapturedRows:
    """`captured` (inputs as a ledger has them) with their `truth`, as rows of `fields`.

    An input that was sent under another kind by an older model counts too. A column that no request sent is empty;
    one that may not be is refused: SchemaMismatch, as it is where requests sent none of the columns at all. Single
    rows with a value that does not fit are left out, and told. Texts that a category has not had are let in; a truth
    that is none of `classes`, where there are any, is not: one mistyped answer must not become a class to learn.
    """
    found = {f.name: _sources(captured, f.name) for f in fields if f.name != target}
    _require_inputs(found, fields)
    found[target] = [truth]
    taken = np.ones(captured.num_rows, dtype=bool)
    refused: list[str] = []
    if classes:
        taken, refused = _of_classes(truth, classes)
    columns: dict[str, Any] = {}
    for field in fields:
        column, bad, why = _fitting(found[field.name], field, captured.num_rows)
        if why:
            refused.append(f"{int((bad & taken).sum())} of {len(taken)} rows are left out: {why}")
        taken &= ~bad
        columns[field.name] = column
    rows = pa.table(columns).filter(pa.array(taken))
    return CapturedRows(rows=rows, taken=taken, refused=tuple(refused))


def _of_classes(truth: Column, classes: Sequence[Label]) -> tuple[Mask, list[str]]:
    """The rows whose truth is one of the classes, and what the others say."""
    known = {_plain(label) for label in classes}
    values = {value: _plain(value) in known for value in pc.unique(truth).to_pylist()}
    given = truth.to_pylist()
    taken = np.array([values[value] for value in given], dtype=bool)
    strange = Counter(str(value)[:40] for value in given if not values[value])
    if not strange:
        return taken, []
    told = ", ".join(f"{value!r} ({count})" for value, count in strange.most_common(5))
    return taken, [
        f"{strange.total()} of {len(given)} rows are left out: their truth is no class so far: {told}"
    ]


def _plain(label: object) -> str:
    """A class however it was written: 1, 1.0, "1"; true, "True"."""
    if isinstance(label, float) and label.is_integer():
        label = int(label)
    return str(label).casefold()


def _sources(captured: pa.Table, name: str) -> list[Any]:
    return [captured[f"{kind}.{name}"] for kind in KINDS if f"{kind}.{name}" in captured.column_names]


def _require_inputs(found: dict[str, list[Any]], fields: Sequence[Field]) -> None:
    if not any(found.values()):
        raise SchemaMismatch(
            f"Requests sent none of the dataset's columns: {', '.join(list(found)[:8])}.",
            remedy="Declare the loop with the dataset that its model was trained on.",
        )
    for field in fields:
        if not field.nullable and field.name in found and not found[field.name]:
            raise SchemaMismatch(
                f"Column {field.name!r} may not be empty, and no request sent it.",
                remedy="Send it with the requests, or append rows that have it yourself.",
            )


def _fitting(sources: Sequence[Any], field: Field, rows: int) -> tuple[Any, Mask, str]:
    """The column of `field`, the rows whose value does not fit, and the first reason why."""
    open_field = replace(field, nullable=True)
    bad = np.zeros(rows, dtype=bool)
    nothing: Any = pa.scalar(None, ARROW[field.type])
    column: Any = pa.repeat(nothing, rows)
    why = ""
    for cells in sources:
        unfit, reason = _unfit(cells, open_field)
        why = why or reason
        sound = pc.if_else(pa.array(~unfit), cells, pa.scalar(None, cells.type))
        column = pc.coalesce(column, _enforced(sound, open_field))
        bad |= unfit
    if not field.nullable:
        empty = column.is_null().to_numpy(zero_copy_only=False) & ~bad
        why = why or (f"column {field.name!r} may not be empty" if empty.any() else "")
        bad |= empty
    return column, bad, why


def _unfit(cells: Any, field: Field) -> tuple[Mask, str]:  # noqa: ANN401 - a column
    """The rows whose value is none of the field's type, and the first such value, told."""
    if _fits(cells, field):
        return np.zeros(len(cells), dtype=bool), ""
    distinct = pc.unique(cells.drop_null())
    bad: list[Any] = []
    for first in range(0, len(distinct), _CHUNK):
        chunk = distinct.slice(first, _CHUNK)
        if not _fits(chunk, field):
            values = chunk.to_pylist()
            bad += [value for value in values if not _fits(pa.array([value], cells.type), field)]
    mask = pc.is_in(cells, value_set=pa.array(bad, cells.type)).to_numpy(zero_copy_only=False)
    return mask, f"column {field.name!r} is {field.type}, and one has {str(bad[0])[:60]!r}"


def _fits(cells: Any, field: Field) -> bool:  # noqa: ANN401 - a column
    try:
        _enforced(cells, field)
    except SchemaMismatch:
        return False
    return True


def _enforced(cells: Any, field: Field) -> Any:  # noqa: ANN401 - a column
    return enforce(pa.table({field.name: cells}), [field], new_categories=True)[field.name]
