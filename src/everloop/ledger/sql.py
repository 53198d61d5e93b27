"""Queries of this room, run by DuckDB over Arrow tables in memory."""

from collections.abc import Mapping
from functools import cache
from importlib import resources

import pyarrow as pa

_OFFLINE: dict[str, str | bool | int | float | list[str]] = {
    "autoinstall_known_extensions": "false",  # a query never downloads anything
    "autoload_known_extensions": "false",
    "threads": "2",
}


def run(
    query: str, tables: Mapping[str, pa.Table], parameters: Mapping[str, int | None] | None = None
) -> pa.Table:
    """What `<query>.sql` answers about `tables`. Takes numbers and texts only: times as microseconds."""
    import duckdb

    with duckdb.connect(":memory:", config=_OFFLINE) as connection:
        for name, table in tables.items():
            connection.register(name, table)
        answer: pa.Table = connection.sql(_text(query), params=dict(parameters or {})).to_arrow_table()
        return answer


@cache
def _text(query: str) -> str:
    return resources.files(__package__).joinpath(f"{query}.sql").read_text(encoding="utf-8")
