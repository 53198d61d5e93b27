"""Rows as an endpoint takes them: each column in the kind that its model was fitted on, wherever it was kept."""

from bisect import bisect
from collections.abc import Mapping, Sequence
from math import isinf
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute

from everloop.datasets.accept import to_arrow, to_instances
from everloop.datasets.place import Place
from everloop.errors import InvalidData

if TYPE_CHECKING:
    from everloop.datasets.accept import Rows

pc: Any = pyarrow.compute


def instances_for(kinds: Mapping[str, str], rows: "Rows") -> list[dict[str, Any]]:
    """The rows as JSON objects. `kinds` are the model's columns, each `number`, `boolean` or `category`.

    A table's column may hold a number as text, or a category as a number, as a file without types does; it is sent
    as what the model knows. A list of dictionaries is sent as it is. Raises InvalidData, naming row and column, for
    what is no number, and for infinity, which JSON does not have.
    """
    if isinstance(rows, Sequence) and not isinstance(rows, str):
        return _checked([dict(row) for row in rows], Place(None))
    table = to_arrow(rows)
    where = Place(table)
    for place, name in enumerate(table.column_names):
        column = table.column(name)
        text = pa.types.is_string(column.type) or pa.types.is_large_string(column.type)
        if kinds.get(name) == "number" and text:
            table = table.set_column(place, name, _numbers(name, column, where))
        elif kinds.get(name) == "category" and not text and not pa.types.is_floating(column.type):
            table = table.set_column(place, name, _texts(column))
    return _checked(to_instances(table), where)


def _numbers(name: str, column: Any, where: Place) -> Any:  # noqa: ANN401 - a pyarrow.ChunkedArray
    trimmed = pc.utf8_trim_whitespace(column)
    present = pc.if_else(pc.equal(trimmed, ""), pa.scalar(None, trimmed.type), trimmed)
    try:
        return present.cast(pa.float64())
    except pa.ArrowInvalid as error:
        row = bisect(
            range(len(present)), False, key=lambda last: not _are_numbers(present.slice(0, last + 1))
        )
        raise InvalidData(
            f"Column {name!r}, {where(row)}: {str(column[row])[:80]!r} is no number.",
            remedy="The model takes numbers there.",
        ) from error


def _are_numbers(texts: Any) -> bool:  # noqa: ANN401
    try:
        texts.cast(pa.float64())
    except pa.ArrowInvalid:
        return False
    return True


def _texts(column: Any) -> Any:  # noqa: ANN401
    return pa.array([None if value is None else str(value) for value in column.to_pylist()], pa.string())


def _checked(instances: list[dict[str, Any]], where: Place) -> list[dict[str, Any]]:
    for number, row in enumerate(instances):
        for name, value in row.items():
            if isinstance(value, float) and isinf(value):
                raise InvalidData(
                    f"Column {name!r}, {where(number)}: {value} is no number that JSON can carry."
                )
    return instances
