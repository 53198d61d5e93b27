"""The six types of a dataset's columns, and how Arrow's types become them."""

from typing import TYPE_CHECKING, Any, TypeAlias

import pyarrow as pa
import pyarrow.compute as _compute

from everloop.errors import InvalidData
from everloop.records.dataset import FieldType
from everloop.stores.table_types import decoded

pc: Any = _compute

if TYPE_CHECKING:
    Column: TypeAlias = pa.ChunkedArray[Any]
else:  # not generic at run time
    Column = pa.ChunkedArray

ARROW: dict[FieldType, pa.DataType] = {
    "integer": pa.int64(),
    "number": pa.float64(),
    "boolean": pa.bool_(),
    "text": pa.string(),
    "date": pa.date32(),
    "timestamp": pa.timestamp("us", "UTC"),
}


def field_type(found: pa.DataType, column: str) -> FieldType:
    """The type that a column of an Arrow type has; raises InvalidData for one that a dataset does not keep.

    A column of nothing but nulls is a text. Decimals are numbers, categories what their values are.
    """
    is_ = pa.types
    if is_.is_dictionary(found):
        return field_type(found.value_type, column)
    if is_.is_boolean(found):
        return "boolean"
    if is_.is_integer(found):
        return "integer"
    if is_.is_floating(found) or is_.is_decimal(found):
        return "number"
    if is_.is_string(found) or is_.is_large_string(found) or is_.is_string_view(found) or is_.is_null(found):
        return "text"
    if is_.is_date(found):
        return "date"
    if is_.is_timestamp(found):
        return "timestamp"
    raise InvalidData(
        f"Column {column!r} has type {found}, which a dataset does not keep.",
        remedy="Make numbers, texts, dates or times of it, or drop it.",
    )


def canonical(column: Column, kind: FieldType, name: str) -> Column:
    """The column in the one Arrow type of its kind, with NaN as missing.

    Times without a zone are taken as UTC; parts of a microsecond are cut off. Raises InvalidData for a whole number
    over 2^63.
    """
    if pa.types.is_dictionary(column.type):
        column = decoded(column)
    if column.type == pa.float16():
        column = column.cast(pa.float32())
    try:
        column = column.cast(ARROW[kind], safe=kind not in ("timestamp", "number"))
    except pa.ArrowInvalid as error:
        raise InvalidData(f"Column {name!r}: {str(error).splitlines()[0]}.") from error
    if kind == "number":
        nothing: Any = pa.scalar(None, pa.float64())
        column = pc.if_else(pc.is_nan(column), nothing, column)
    return column
