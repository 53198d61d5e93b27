"""The rows of a dataset's versions."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pyarrow as pa

from everloop.datasets.digest import EMPTY, extended
from everloop.errors import InvalidData, NotFound
from everloop.records.dataset import DatasetVersion
from everloop.records.names import checked_name
from everloop.stores.tables import TableStore

if TYPE_CHECKING:
    import pyarrow.dataset as ds


def table_of(dataset: str) -> str:
    """The name of the table that holds a dataset's rows."""
    return f"datasets/{checked_name(dataset, 'dataset')}"


def read(tables: TableStore, version: DatasetVersion, columns: Sequence[str] | None = None) -> pa.Table:
    """The rows at a version, in the order of their appends; some columns only, if they are named.

    Whole versions are checked against their digest. Raises NotFound for a column that it does not have, or if the
    table is gone; InvalidData if its files are damaged.
    """
    known = [field.name for field in version.fields]
    for name in columns or ():
        if name not in known:
            raise NotFound(
                f"The {version.told} has no column {name!r}.", remedy=f"Columns: {', '.join(known[:20])}."
            )
    snapshot = tables.snapshot(table_of(version.dataset), version.table_version)
    if snapshot is None:
        raise NotFound(f"The table of {version.told} is gone.", remedy="Restore the workspace from a backup.")
    try:
        rows = snapshot.read(known if columns is None else columns)
    except (OSError, pa.ArrowException) as error:
        raise _damaged(version, str(error).splitlines()[0]) from error
    if columns is None and extended(EMPTY, rows, version.fields).digest != version.digest:
        raise _damaged(version, "its rows are not those that were appended")
    return rows


def last_rows(dataset: "ds.Dataset", count: int, columns: Sequence[str]) -> pa.Table:
    """The last `count` rows, reading no more of the files than holds them."""
    parts: list[pa.Table] = []
    missing = count
    for fragment in reversed(list(dataset.get_fragments())):
        if missing == 0:
            break
        rows = fragment.to_table(schema=dataset.schema, columns=list(columns))
        part = rows.slice(max(0, rows.num_rows - missing))
        missing -= part.num_rows
        parts.insert(0, part)
    return pa.concat_tables(parts)


def _damaged(version: DatasetVersion, how: str) -> InvalidData:
    return InvalidData(
        f"The files of {version.told} are damaged: {how}.", remedy="Restore them from a backup."
    )
