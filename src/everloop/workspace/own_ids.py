"""Rows with a column of their caller's own ids, parted from it."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import pyarrow as pa

from everloop.datasets.place import Place
from everloop.errors import InvalidData

LONGEST = 200  # characters of an id

Given = pa.Table | Sequence[Mapping[str, object]]


def part_ids(rows: Given, column: str, taken: Collection[str]) -> tuple[Given, list[str]]:
    """The rows, without `column` unless it is among the columns `taken` by the model, and their ids.

    Raises InvalidData where there is no such column, and for a row without an id.
    """
    names = rows.column_names if isinstance(rows, pa.Table) else list(rows[0]) if rows else [column]
    if column not in names:
        raise InvalidData(
            f"There is no column {column!r} with ids.",
            remedy=f"The columns are: {', '.join(map(str, names))}.",
        )
    values: list[Any]
    values = rows[column].to_pylist() if isinstance(rows, pa.Table) else [row.get(column) for row in rows]
    ids = ["" if value is None else str(value) for value in values]
    where = Place(rows if isinstance(rows, pa.Table) else None)
    for place, one in enumerate(ids):
        if not 0 < len(one) <= LONGEST:
            why = f"an id has at most {LONGEST} characters" if one else "the row has no id"
            raise InvalidData(f"Column {column!r}, {where(place)}: {why}.", remedy="Give each row one.")
    if column in taken:
        return rows, ids
    if isinstance(rows, pa.Table):
        return rows.drop_columns([column]), ids
    return [{name: value for name, value in row.items() if name != column} for row in rows], ids
