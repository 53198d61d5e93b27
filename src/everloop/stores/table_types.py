"""What a table can keep: Arrow's types reduced to those that Delta knows, without loss."""

from typing import Any

import pyarrow as pa

from everloop.errors import InvalidData, InvalidRequest
from everloop.records.names import checked_name

_WIDER: dict[pa.DataType, pa.DataType] = {
    pa.uint8(): pa.int16(),
    pa.uint16(): pa.int32(),
    pa.uint32(): pa.int64(),
    pa.uint64(): pa.int64(),
    pa.float16(): pa.float32(),
    pa.large_string(): pa.string(),
    pa.string_view(): pa.string(),
    pa.large_binary(): pa.binary(),
    pa.binary_view(): pa.binary(),
    pa.date64(): pa.date32(),
    pa.null(): pa.string(),
}
_KEPT = {pa.int8(), pa.int16(), pa.int32(), pa.int64(), pa.float32(), pa.float64()} | {
    pa.bool_(),
    pa.string(),
    pa.binary(),
    pa.date32(),
}


def storable(rows: pa.Table) -> pa.Table:
    """The rows in types that every table store keeps and gives back.

    Unsigned integers become signed, categories their values, times microseconds, and aware ones UTC.
    Raises InvalidData for a column of another type (such as a duration), or with a number over 2^63.
    """
    if len(set(rows.column_names)) != rows.num_columns:
        raise InvalidData(f"Two columns have one name: {rows.column_names}.")
    fields, columns = [], []
    for field, column in zip(rows.schema, rows.columns, strict=True):
        kept = _kept_type(field.type, field.name)
        fields.append(pa.field(field.name, kept))
        columns.append(column if column.type == kept else _cast(column, kept, field.name))
    return pa.table(columns, schema=pa.schema(fields))


def decoded(column: "pa.ChunkedArray[Any]") -> "pa.ChunkedArray[Any]":
    """A column of categories as the values that they stand for; texts as `string`."""
    chunks: Any = column.chunks
    kind = chunks[0].dictionary.type if chunks else column.type.value_type
    values = pa.string() if pa.types.is_string_view(kind) or pa.types.is_large_string(kind) else kind
    # Not by a cast of the whole: Arrow has none from codes over `string_view`, as Polars makes them.
    return pa.chunked_array([c.dictionary.cast(values).take(c.indices) for c in chunks], type=values)


def table_path(name: str) -> tuple[str, str]:
    """Group and name of the table `<group>/<name>`; raises InvalidName or InvalidRequest for another form."""
    group, slash, own = name.partition("/")
    if not slash:
        raise InvalidRequest(f"{name[:80]!r} does not name a table.", remedy="Write GROUP/NAME.")
    return checked_name(group, "group of tables"), checked_name(own, "table")


def _kept_type(found: pa.DataType, name: str) -> pa.DataType:
    if found in _KEPT or pa.types.is_decimal128(found):
        return found
    if found in _WIDER:
        return _WIDER[found]
    if pa.types.is_timestamp(found):
        return pa.timestamp("us", "UTC" if found.tz else None)
    if pa.types.is_dictionary(found):
        return _kept_type(found.value_type, name)
    if pa.types.is_list(found) or pa.types.is_large_list(found) or pa.types.is_fixed_size_list(found):
        return pa.list_(pa.field("element", _kept_type(found.value_type, name)))
    if pa.types.is_fixed_size_binary(found):
        return pa.binary()
    raise InvalidData(f"Column {name!r} has type {found}, which a table does not keep.", remedy="Convert it.")


def _cast(column: "pa.ChunkedArray[Any]", kept: pa.DataType, name: str) -> "pa.ChunkedArray[Any]":
    if pa.types.is_dictionary(column.type):
        column = decoded(column)
    try:
        return column.cast(kept, safe=not pa.types.is_timestamp(kept))  # nanoseconds are cut to microseconds
    except pa.ArrowInvalid as error:
        raise InvalidData(f"Column {name!r} does not fit {kept}: {str(error).splitlines()[0]}.") from error
