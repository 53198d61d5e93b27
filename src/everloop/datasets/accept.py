"""Whatever holds rows, as one Arrow table."""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from math import isnan
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import pyarrow as pa

from everloop.datasets.types import canonical, field_type
from everloop.errors import InvalidData

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl

Rows: TypeAlias = (
    "pd.DataFrame | pl.DataFrame | pa.Table | pa.RecordBatch | Sequence[Mapping[str, object]] | str | Path"
)


_NOT_IN_A_NAME = re.compile(r"[\"\\\x00-\x1f\x7f]")


def to_arrow(rows: "Rows") -> pa.Table:
    """The rows as a table whose columns have the types that datasets keep (`datasets.types`).

    Takes pandas and Polars frames, Arrow tables, batches and readers, anything with `__arrow_c_stream__`, a sequence
    of mappings, the path of a CSV, TSV (either may be gzipped) or Parquet file. A pandas index is left out. Raises
    InvalidData, which names the column, and the line where there is one.
    """
    table = _read(Path(rows)) if isinstance(rows, str | Path) else _converted(rows)
    names = table.column_names
    for name in names:
        if not name.strip():
            raise InvalidData(f"Column {names.index(name) + 1} has no name.", remedy="Name it.")
        if _NOT_IN_A_NAME.search(name):
            raise InvalidData(
                f"Column {name!r} has a quotation mark, a backslash or a control character in its name.",
                remedy="Rename it: requests to a model could not name it.",
            )
        if names.count(name) > 1:
            raise InvalidData(f"Two columns are named {name!r}.", remedy="Rename or drop one.")
    if not names:
        raise InvalidData("The table has no columns.")
    columns = [canonical(c, field_type(c.type, n), n) for n, c in zip(names, table.columns, strict=True)]
    noted = {k: v for k, v in (table.schema.metadata or {}).items() if k.startswith(b"everloop.")}
    return pa.table(columns, names=names, metadata=noted)


def to_instances(rows: "Rows") -> list[dict[str, object]]:
    """The rows as JSON objects, to send to an endpoint: dates and times as ISO 8601 texts, missing as null.

    A sequence of mappings passes as it is, so that the endpoint judges it.
    """
    if isinstance(rows, Sequence) and not isinstance(rows, str):
        return [dict(row) for row in rows]
    return [{name: _plain(value) for name, value in row.items()} for row in to_arrow(rows).to_pylist()]


def _read(path: Path) -> pa.Table:
    from everloop.datasets import csv_file

    if path.is_dir():
        raise InvalidData(f"{path} is a folder.", remedy="Give the path of a CSV or Parquet file.")
    if not path.is_file():
        raise InvalidData(f"There is no file {path}.", remedy="Give the path of a CSV or Parquet file.")
    name = path.name.lower()
    if name.endswith(csv_file.SUFFIXES):
        return csv_file.read_csv(path)
    if name.endswith((".parquet", ".pq")):
        return _read_parquet(path)
    raise InvalidData(
        f"{path.name} is of no kind that is read here.",
        remedy=f"Use .parquet or {', '.join(csv_file.SUFFIXES)}.",
    )


def _read_parquet(path: Path) -> pa.Table:
    import pyarrow.parquet as pq

    try:
        return pq.ParquetFile(path).read()
    except (OSError, pa.ArrowException) as error:
        raise InvalidData(f"{path.name} is no Parquet file: {str(error).splitlines()[0]}.") from error


def _converted(rows: Any) -> pa.Table:  # noqa: ANN401 - what people hold
    if isinstance(rows, pa.Table):
        return rows
    if isinstance(rows, pa.RecordBatch):
        return pa.Table.from_batches([rows])
    if type(rows).__module__.partition(".")[0] == "pandas":
        from everloop.datasets.pandas_frame import from_pandas

        return from_pandas(rows)
    if hasattr(rows, "__arrow_c_stream__"):
        return pa.table(rows)
    if isinstance(rows, Sequence) and all(isinstance(row, Mapping) for row in rows):
        return _from_mappings(rows)
    raise InvalidData(
        f"{type(rows).__name__} holds no rows that are understood here.",
        remedy="Give a pandas, Polars or Arrow table, a list of dictionaries, or the path of a CSV or Parquet file.",
    )


def _from_mappings(rows: Sequence[Mapping[str, object]]) -> pa.Table:
    names = dict.fromkeys(name for row in rows for name in row)
    columns = {}
    for name in names:
        try:
            values: list[Any] = [row.get(name) for row in rows]
            columns[str(name)] = pa.array(values)
        except (pa.ArrowInvalid, pa.ArrowTypeError) as error:
            raise InvalidData(f"Column {name!r}: {str(error).splitlines()[0]}.") from error
    return pa.table(columns)


def _plain(value: object) -> object:
    if isinstance(value, date):  # and datetime
        return value.isoformat()
    if isinstance(value, Decimal):
        return float(value)
    return None if isinstance(value, float) and isnan(value) else value
