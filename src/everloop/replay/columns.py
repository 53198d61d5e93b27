"""The columns that a distortion means."""

from collections.abc import Callable, Sequence
from fnmatch import fnmatchcase
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as _compute

from everloop.errors import InvalidRequest
from everloop.replay.dice import Numbers

pc: Any = _compute
Patterns = str | Sequence[str]


def is_number(kind: pa.DataType) -> bool:
    """Whether a column of this type holds quantities."""
    return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind))


def is_text(kind: pa.DataType) -> bool:
    """Whether a column of this type holds texts."""
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def meant(rows: pa.Table, patterns: Patterns, fits: Callable[[pa.DataType], bool], what: str) -> list[str]:
    """The names that fit one of the patterns (`pixel_*`), in the table's order; of `*` only those of a type that fits.

    Raises InvalidRequest where there is none, or where one that was named is of another type. `what`: such columns.
    """
    given = [patterns] if isinstance(patterns, str) else list(patterns)
    found: dict[str, None] = {}
    for pattern in given:
        names = [name for name in rows.column_names if fnmatchcase(name, pattern)]
        fitting = [name for name in names if fits(rows.schema.field(name).type)]
        if not fitting or (pattern != "*" and len(fitting) < len(names)):
            wrong = next((name for name in names if name not in fitting), "")
            told = f"{wrong!r} holds no {what}" if wrong else f"no column {pattern!r} holds {what}"
            more = ", ..." if rows.num_columns > 12 else ""
            raise InvalidRequest(
                f"The distortion does not fit: {told}.",
                remedy=f"The columns are {', '.join(rows.column_names[:12])}{more}.",
            )
        found |= dict.fromkeys(fitting)
    return [name for name in rows.column_names if name in found]


def numbers(rows: pa.Table, names: Sequence[str]) -> Numbers:
    """The columns as (rows, columns) floats, NaN where a value is missing."""
    return np.column_stack(
        [rows[name].cast(pa.float64()).to_numpy(zero_copy_only=False) for name in names]
    ).astype(np.float64)


def with_numbers(rows: pa.Table, names: Sequence[str], values: Numbers) -> pa.Table:
    """The table with these columns as floats; NaN is missing."""
    for place, name in enumerate(names):
        column = pa.array(values[:, place], pa.float64(), from_pandas=True)
        rows = rows.set_column(rows.schema.get_field_index(name), name, column)
    return rows
