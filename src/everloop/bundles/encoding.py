"""A table's rows as a model takes them: numbers as 32-bit floats, categories as codes or texts."""

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as _compute

from everloop.bundles.runtime import Columns, Matrix
from everloop.errors import InvalidData, SchemaMismatch
from everloop.records.signature import Column, Signature

if TYPE_CHECKING:
    import pandas as pd

Cells = Any  # a pyarrow.Array
pc: Any = _compute  # the stubs know too little of what its functions take and give
UNSEEN = -1.0  # the code of a category that the model does not know


def encode(signature: Signature, rows: "pa.Table | pd.DataFrame") -> Matrix | Columns:
    """`rows` in the layout of `signature`; columns that it does not name are left out.

    Raises SchemaMismatch for a column that is absent or of a wrong type, or a missing value where none may
    be, and InvalidData for a number that does not fit into 32 bits; rows count from 1 in the message.
    """
    table = _as_table(rows)
    if signature.layout == "columns":
        return {c.name: _values(c, _column(table, c), as_text=True).reshape(-1, 1) for c in signature.columns}
    matrix = np.empty((table.num_rows, len(signature.columns)), dtype=np.float32)
    for place, column in enumerate(signature.columns):
        matrix[:, place] = _values(column, _column(table, column), as_text=False)
    return matrix


def _as_table(rows: "pa.Table | pd.DataFrame") -> pa.Table:
    return rows if isinstance(rows, pa.Table) else pa.Table.from_pandas(rows, preserve_index=False)


def _column(table: pa.Table, column: Column) -> Cells:
    """The cells of a column in one array, NaN read as missing."""
    if column.name not in table.column_names:
        raise SchemaMismatch(f"The rows have no column {column.name!r}.", remedy="The model needs it.")
    cells: Cells = table[column.name].combine_chunks()
    if pa.types.is_dictionary(cells.type):
        cells = cells.dictionary_decode()
    if pa.types.is_floating(cells.type):
        cells = pc.if_else(pc.is_nan(cells), None, cells)
    if cells.null_count and not column.nullable:
        row = pc.index(pc.is_null(cells), True).as_py() + 1
        raise SchemaMismatch(
            f"Row {row}: {column.name!r} is missing.",
            remedy="The model was trained on rows that all have it.",
        )
    return cells


def _values(column: Column, cells: Cells, *, as_text: bool) -> npt.NDArray[np.generic]:
    if column.kind != "category":
        return _numbers(column, cells)
    return _texts(column, cells) if as_text else _codes(column, cells)


def _numbers(column: Column, cells: Cells) -> npt.NDArray[np.float32]:
    kind = cells.type
    if not (pa.types.is_boolean(kind) or pa.types.is_null(kind) or _is_numeric(kind)):
        raise SchemaMismatch(f"{column.name!r} holds {kind}; the model takes a {column.kind}.")
    missing = np.nan if column.missing is None else float(column.missing)
    filled: Cells = pc.fill_null(pc.cast(cells, pa.float64(), safe=False), missing)
    wide = filled.to_numpy(zero_copy_only=False)
    with np.errstate(over="ignore"):
        narrow: npt.NDArray[np.float32] = wide.astype(np.float32)
    if np.isinf(narrow).any():
        row = int(np.isinf(narrow).argmax())
        raise InvalidData(f"Row {row + 1}: {column.name!r} is {wide[row]}, which 32-bit floats cannot hold.")
    return narrow


def _is_numeric(kind: pa.DataType) -> bool:
    return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind))


def _codes(column: Column, cells: Cells) -> npt.NDArray[np.float32]:
    """The place of each text in the column's categories; -1 for one that is not there, NaN for none."""
    known = pa.array(column.categories, type=pa.large_string())
    places: Cells = pc.index_in(_as_text(column, cells), value_set=known)
    places = pc.fill_null(pc.cast(places, pa.float32()), UNSEEN)
    codes: npt.NDArray[np.float32] = np.array(places.to_numpy(zero_copy_only=False))
    codes[cells.is_null().to_numpy(zero_copy_only=False)] = _missing_code(column)
    return codes


def _missing_code(column: Column) -> float:
    if column.missing is None:
        return float("nan")
    if isinstance(column.missing, str):
        return (
            float(column.categories.index(column.missing)) if column.missing in column.categories else UNSEEN
        )
    return float(column.missing)


def _texts(column: Column, cells: Cells) -> npt.NDArray[np.object_]:
    filled: Cells = pc.fill_null(_as_text(column, cells), str(column.missing or ""))
    return np.asarray(filled.to_pylist(), dtype=np.object_)


def _as_text(column: Column, cells: Cells) -> Cells:
    kind = cells.type
    text = pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind)
    if not (text or pa.types.is_null(kind)):
        raise SchemaMismatch(f"{column.name!r} holds {kind}; the model takes a text.")
    return pc.cast(cells, pa.large_string())
