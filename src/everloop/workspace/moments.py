"""The column of a table that says when its rows were."""

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as _compute

from everloop.errors import InvalidData, InvalidRequest

pc: Any = _compute


def in_order(rows: pa.Table, column: str) -> pa.Table:
    """The rows by this column; those that are equal stay in their order. Raises InvalidRequest, InvalidData."""
    return rows.take(np.argsort(moments(rows, column), kind="stable"))


def moments(rows: pa.Table, column: str) -> npt.NDArray[np.float64]:
    """When each row was, in seconds: of a column of times, of ISO 8601 texts, or of numbers as they are.

    Raises InvalidRequest for a column that there is not, InvalidData for one that says of a row nothing.
    """
    if column not in rows.column_names:
        raise InvalidRequest(
            f"The rows have no column {column!r}."
            if column
            else "To keep the past's own pace, the column is needed that says when each row was.",
            remedy=f"Give one of {', '.join(rows.column_names)} as the time.",
        )
    values = rows[column].combine_chunks()
    try:
        if pa.types.is_string(values.type) or pa.types.is_large_string(values.type):
            values = values.cast(pa.timestamp("us"))
        if pa.types.is_date(values.type):
            values = values.cast(pa.timestamp("us"))
        if pa.types.is_timestamp(values.type):
            found = values.cast(pa.timestamp("us", values.type.tz)).cast(pa.int64()).cast(pa.float64())
            found = pc.divide(found, 1e6)
        else:
            found = values.cast(pa.float64())
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise InvalidData(
            f"Column {column!r} is no time: {str(error).splitlines()[0]}.",
            remedy="It holds times, ISO 8601 texts or numbers.",
        ) from error
    if found.null_count:
        raise InvalidData(
            f"Column {column!r} is empty in {found.null_count} rows.", remedy="Leave these rows out."
        )
    return np.asarray(found.to_numpy(zero_copy_only=False), dtype=np.float64)
