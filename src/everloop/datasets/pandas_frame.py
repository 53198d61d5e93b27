"""pandas frames as Arrow tables, with an error that names the row where a column mixes types."""

from typing import TYPE_CHECKING, Any

import pyarrow as pa

from everloop.errors import InvalidData

if TYPE_CHECKING:
    import pandas as pd


def from_pandas(frame: Any) -> pa.Table:  # noqa: ANN401 - a DataFrame or a Series
    """The frame's columns, NaN and NaT as missing; its index is left out. A series is a table of one column.

    Raises InvalidData for column names that are no texts or numbers, and for a column of several types.
    """
    whole: Any = frame.to_frame() if frame.ndim == 1 else frame
    columns, names = [], []
    for place, label in enumerate(whole.columns):
        if not isinstance(label, str | int):
            raise InvalidData(
                f"The column name {label!r} is a {type(label).__name__}.",
                remedy="Make every column's name a text.",
            )
        names.append(str(label))
        columns.append(_column(whole.iloc[:, place], str(label)))
    return pa.table(columns, names=names)


def _column(series: "pd.Series[Any]", name: str) -> "pa.Array[Any]":
    try:
        column: pa.Array[Any] = pa.array(series, from_pandas=True)
        return column
    except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError, OverflowError) as error:
        raise InvalidData(
            _mixed(series, name) or f"Column {name!r}: {str(error).splitlines()[0]}."
        ) from error


def _mixed(series: "pd.Series[Any]", name: str) -> str:
    """Where the second type of a mixed column begins."""
    import pandas as pd

    present = [(row, value) for row, value in enumerate(series, start=1) if not pd.isna(value)]
    if not present:
        return ""
    first = type(present[0][1])
    for row, value in present:
        if type(value) is not first:
            return (
                f"Column {name!r} mixes types: row 1 to {row - 1} hold {first.__name__}, row {row} "
                f"{type(value).__name__} ({str(value)[:40]!r}). Make them one type, for example with astype(str)."
            )
    return ""
