"""Append rows to a dataset: fit them to its schema, commit them to its table, then record the version.

The table's commit comes before the metadata's. A process killed between the two leaves rows in the table that no
version names: nobody reads them, since reading goes by version, and the next append takes them out again, or, if it
is the same append tried again, makes them its version.
"""

from datetime import datetime

import pyarrow as pa

from everloop.clock import Clock
from everloop.datasets.accept import to_arrow
from everloop.datasets.content import last_rows, table_of
from everloop.datasets.digest import EMPTY, ContentDigest, extended
from everloop.datasets.enforce import enforce
from everloop.datasets.schema import infer_fields, with_new_categories
from everloop.datasets.versions import newest
from everloop.errors import Conflict, InvalidData
from everloop.records.dataset import DatasetVersion, Field
from everloop.records.names import checked_name
from everloop.stores.metadata import Transaction
from everloop.stores.tables import Snapshot, TableStore

_MERGE_EVERY = 8  # versions: reading, and the next append's digest, then open few files


def append(
    transaction: Transaction,
    tables: TableStore,
    *,
    dataset: str,
    rows: pa.Table,
    key: str,
    clock: Clock,
    note: str = "",
    new_categories: bool = False,
    until: datetime | None = None,
    predictions: str = "",
) -> DatasetVersion:
    """Add rows and answer the new version. The first append makes the dataset, and its schema binds the later ones.

    `until`, now by default, is when the latest of what is in the rows became known or was served; a version reaches
    as far as those before it, too. `predictions` is the digest of their ids, where they come from a ledger.
    A `key` that was used before, and an append of no rows, change nothing and answer the version that is there.
    Raises SchemaMismatch, which names column, row and remedy, or InvalidData, and then adds nothing.
    """
    before = newest(transaction, checked_name(dataset, "dataset"))
    if repeated := transaction.find(DatasetVersion, dataset=dataset, key=key):
        return repeated[0]
    rows = to_arrow(rows)
    if rows.num_rows == 0:
        if before is None:
            raise InvalidData(f"There are no rows to make {dataset!r} of.", remedy="Give at least one.")
        return before
    fields = infer_fields(rows) if before is None else before.fields
    fitting = enforce(rows, fields, new_categories=new_categories)
    if new_categories:
        fields = with_new_categories(fields, fitting)
    present = tables.snapshot(table_of(dataset))
    table_version = _committed(tables, dataset, present, fitting, before, key)
    digest = _digest(tables, present, before, fitting, fields)
    now = clock.now()
    version = DatasetVersion(
        dataset=dataset,
        number=1 if before is None else before.number + 1,
        table_version=table_version,
        digest=digest.digest,
        rows=digest.rows,
        added=fitting.num_rows,
        fields=fields,
        created_at=now,
        note=note,
        blocks=digest.blocks,
        key=key,
        until=max(until or now, before.covers_until) if before else until or now,
        predictions=predictions,
    )
    transaction.add(version)
    if version.number % _MERGE_EVERY == 0:
        tables.compact(table_of(dataset))
    return version


def _committed(
    tables: TableStore,
    dataset: str,
    present: Snapshot | None,
    rows: pa.Table,
    before: DatasetVersion | None,
    key: str,
) -> int:
    """The table's version that holds `rows` after those of `before`, and nothing else."""
    known_rows, known_version = (0, 0) if before is None else (before.rows, before.table_version)
    if present is not None and present.version > known_version:
        excess = present.dataset().count_rows() - known_rows
        if excess and present.has(key) and _ends_in(present, excess, rows):
            return present.version  # this very append, whose process ended before it was recorded
        if excess:
            tables.restore(table_of(dataset), known_version)
    return tables.append(table_of(dataset), rows, marks=(key,))


def _ends_in(present: Snapshot, count: int, rows: pa.Table) -> bool:
    return bool(last_rows(present.dataset(), count, rows.column_names).equals(rows))


def _digest(
    tables: TableStore,
    present: Snapshot | None,
    before: DatasetVersion | None,
    rows: pa.Table,
    fields: tuple[Field, ...],
) -> ContentDigest:
    if before is None:
        return extended(EMPTY, rows, fields)
    so_far = ContentDigest(digest=before.digest, blocks=before.blocks, rows=before.rows)
    if so_far.tail == 0:
        return extended(so_far, rows, fields)
    if present is None or present.version != before.table_version:
        present = tables.snapshot(table_of(before.dataset), before.table_version)
    if present is None:
        raise Conflict(f"The table of {before} is gone.", remedy="Restore the workspace from a backup.")
    tail = last_rows(present.dataset(), so_far.tail, rows.column_names)
    return extended(so_far, pa.concat_tables([tail, rows]), fields)
