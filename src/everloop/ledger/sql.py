"""Queries of this room, run by DuckDB over Arrow tables in memory."""

from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

import pyarrow as pa

if TYPE_CHECKING:
    import duckdb

_OFFLINE: dict[str, str | bool | int | float | list[str]] = {
    "autoinstall_known_extensions": "false",  # a query never downloads anything
    "autoload_known_extensions": "false",
    "threads": "2",
}


def run(
    query: str, tables: Mapping[str, pa.Table], parameters: Mapping[str, int | None] | None = None
) -> pa.Table:
    """What `<query>.sql` answers about `tables`. Takes numbers and texts only: times as microseconds."""
    with _engine().cursor() as own:  # safe beside other threads, its tables seen by nobody else
        for name, table in tables.items():
            own.register(name, table)
        answer: pa.Table = own.sql(_text(query), params=dict(parameters or {})).to_arrow_table()
        return answer


@cache
def _engine() -> "duckdb.DuckDBPyConnection":
    """One a process: to start it takes longer than most queries."""
    import duckdb

    return duckdb.connect(":memory:", config=_OFFLINE)


@cache
def _text(query: str) -> str:
    return resources.files(__package__).joinpath(f"{query}.sql").read_text(encoding="utf-8")
