"""Rows made to fit a dataset's schema, or refused with one error that names column, row and remedy."""

import difflib
from collections.abc import Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as _compute

from everloop.datasets.place import Place
from everloop.datasets.text_values import typed
from everloop.datasets.types import ARROW, Column, canonical, field_type
from everloop.errors import SchemaMismatch
from everloop.records.dataset import Field, FieldType

pc: Any = _compute

# What each type is read from without losing anything. Each is tried value by value: 3.0 is whole, 3.5 is not.
_READ_FROM: dict[FieldType, tuple[FieldType, ...]] = {
    "integer": ("number", "text"),
    "number": ("integer", "text"),
    "boolean": ("text",),
    "text": ("integer", "date"),  # not from numbers: 1.50 would come back as 1.5
    "date": ("timestamp", "text"),
    "timestamp": ("date", "text"),
}


def enforce(rows: pa.Table, fields: Sequence[Field], *, new_categories: bool = False) -> pa.Table:
    """The rows with the columns of `fields`, in their order and types.

    Raises SchemaMismatch for the first thing that does not fit: an unknown or missing column, a value that its type
    does not hold, a text that is no category (unless `new_categories`), a null where none may be.
    """
    _check_columns(rows.column_names, fields)
    place = Place(rows)
    columns = []
    for field in fields:
        column = _as_type(rows[field.name], field, place)
        _check_nulls(column, field, place)
        if field.categories and not new_categories:
            _check_categories(column, field, place)
        columns.append(column)
    return pa.table(columns, names=[field.name for field in fields])


def _check_columns(names: Sequence[str], fields: Sequence[Field]) -> None:
    known = [field.name for field in fields]
    missing = [name for name in known if name not in names]
    for name in names:
        if name not in known:
            near = difflib.get_close_matches(name, missing or known, n=1, cutoff=0.6)
            hint = f"Did you mean {near[0]!r}?" if near else f"Drop it; the columns are {_some(known)}."
            raise SchemaMismatch(f"The dataset has no column {name!r}.", remedy=hint)
    if missing:
        raise SchemaMismatch(
            f"Column {missing[0]!r} is missing.", remedy="Add it, with empty cells where nothing is known."
        )


def _as_type(column: Column, field: Field, place: Place) -> Column:
    found = field_type(column.type, field.name)
    if found == field.type:
        return canonical(column, field.type, field.name)
    if column.null_count == len(column):
        return _nothing(len(column), field.type)
    if found not in _READ_FROM[field.type]:
        row = pc.index(column.is_valid(), True).as_py()
        raise _wrong_type(column, field, row, place)
    read = _read_text if found == "text" else _cast
    converted = read(column, field.type)
    if converted is None:
        raise _wrong_type(column, field, _first_failing(column, field.type, read), place)
    return canonical(converted, field.type, field.name)


def _nothing(rows: int, kind: FieldType) -> Column:
    nulls: Any = pa.nulls(rows)
    return canonical(pa.chunked_array([nulls.cast(ARROW[kind])]), kind, "")


def _cast(column: Column, kind: FieldType) -> Column | None:
    try:
        converted = column.cast(ARROW[kind])
    except pa.ArrowInvalid:
        return None
    # A time becomes a date without complaint, whatever the hour.
    return None if kind == "date" and not converted.cast(column.type).equals(column) else converted


def _read_text(column: Column, kind: FieldType) -> Column | None:
    """The texts as a CSV file's cells are read; None if they read as something else."""
    values = typed(column)
    if values.null_count == len(values):
        return values.cast(ARROW[kind])
    found = field_type(values.type, "")
    if found == kind:
        return values
    widens = (found, kind) in {("integer", "number"), ("date", "timestamp")}
    return values.cast(ARROW[kind]) if widens else None


def _first_failing(column: Column, kind: FieldType, read: Any) -> int:  # noqa: ANN401 - _cast or _read_text
    """The first row that cannot be read, by halves: the work is that of reading the column twice."""
    low, high = 0, len(column)
    while high - low > 1:
        middle = (low + high) // 2
        part = column.slice(low, middle - low)
        if part.null_count < len(part) and read(part, kind) is None:
            high = middle
        else:
            low = middle
    return low


def _wrong_type(column: Column, field: Field, row: int, place: Place) -> SchemaMismatch:
    return SchemaMismatch(
        f"Column {field.name!r} is {field.type}; {place(row)} has {_shown(column[row].as_py())}.",
        remedy="Mend the value, or leave the cell empty.",
    )


def _check_nulls(column: Column, field: Field, place: Place) -> None:
    if not field.nullable and column.null_count:
        row = pc.index(column.is_null(), True).as_py()
        raise SchemaMismatch(
            f"Column {field.name!r} may not be empty; {place(row)} is.", remedy="Fill the cell."
        )


def _check_categories(column: Column, field: Field, place: Place) -> None:
    known = pc.or_(pc.is_in(column, value_set=pa.array(field.categories)), column.is_null())
    row = pc.index(known, False).as_py()
    if row < 0:
        return
    value = column[row].as_py()
    near = difflib.get_close_matches(value, field.categories, n=1, cutoff=0.6)
    hint = f"Did you mean {near[0]!r}?" if near else f"Known: {_some(field.categories)}."
    raise SchemaMismatch(
        f"Column {field.name!r}, {place(row)}: {_shown(value)} is no known category.",
        remedy=f"{hint} To allow it, append with new_categories=True (`--new-categories`).",
    )


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:8]) + (f" and {len(names) - 8} more" if len(names) > 8 else "")
