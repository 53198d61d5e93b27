"""Append rows to a dataset in two steps: write them to its table, then record the version that they make.

    with appending(layout, "churn"):
        new = written(metadata, tables, dataset="churn", rows=rows, key=key, clock=clock)
        with metadata.transaction() as transaction:
            version = record(transaction, new)

Writing takes as long as the rows are big, and holds no transaction: whoever writes other metadata goes on. Appends to
one dataset take turns by a lock of its own, which is taken before any transaction, never inside one.

A process killed between the two steps leaves rows in the table that no version names: nobody reads them, since reading
goes by version, and the next append takes them out again, or, if it is the same append tried again, makes them its
version.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

import pyarrow as pa

from everloop.clock import Clock
from everloop.datasets.accept import to_arrow
from everloop.datasets.content import last_rows, table_of
from everloop.datasets.digest import EMPTY, ContentDigest, extended
from everloop.datasets.enforce import enforce
from everloop.datasets.schema import infer_fields, with_new_categories
from everloop.datasets.versions import newest
from everloop.errors import Conflict, InvalidData, WorkspaceBusy
from everloop.records.dataset import DatasetVersion, Field
from everloop.records.names import checked_name
from everloop.stores.layout import Layout
from everloop.stores.lock import WriterLock
from everloop.stores.metadata import MetadataStore, Transaction
from everloop.stores.tables import Snapshot, TableStore

PATIENCE_S = 60.0  # for other appends to the same dataset
_MERGE_EVERY = 8  # versions: reading, and the next append's digest, then open few files


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """Rows in a dataset's table, and the version that they make."""

    version: DatasetVersion
    before: DatasetVersion | None  # the newest one when they were written
    adds: bool  # False: there was nothing to add, and the version is recorded already


@contextmanager
def appending(layout: Layout, dataset: str) -> Iterator[None]:
    """A turn to append to a dataset, among all threads and processes; the kernel ends that of a killed one.

    A lock on a file, because the workspace's own does not part all who append: a process that stops lets go of the
    workspace while a thread of it may still be writing rows. The file stays; to remove it would part nobody from who
    has it open. Taken before a metadata transaction, never inside one. Raises WorkspaceBusy if no turn comes within a
    minute.
    """
    lock = WriterLock(layout.append_lock(checked_name(dataset, "dataset")))
    try:
        lock.acquire(purpose="an append", timeout=PATIENCE_S)
    except WorkspaceBusy as error:
        raise WorkspaceBusy(
            f"Dataset {dataset!r} is being appended to by {lock.holder() or 'another process'}.",
            remedy="Wait for it, then append again.",
        ) from error
    try:
        yield
    finally:
        lock.release()


def rows_to_add(metadata: MetadataStore, dataset: str, rows: pa.Table) -> pa.Table:
    """The rows as datasets keep them. Before a turn is waited for: it needs none.

    Raises InvalidData for what no dataset takes, and where there are none to make a new one of.
    """
    with metadata.transaction() as transaction:
        before = newest(transaction, dataset)
    return _to_add(rows, dataset, before)


def written(
    metadata: MetadataStore,
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
) -> Written:
    """Add rows to the dataset's table; `record` then makes them a version. The caller is `appending` around both.

    The first append makes the dataset, and its schema binds the later ones. `until`, now by default, is when the latest
    of what is in the rows became known or was served; a version reaches as far as those before it, too. `predictions`
    is the digest of their ids, where they come from a ledger.
    A `key` that was used before, and an append of no rows, write nothing and give the version that is there.
    Raises SchemaMismatch, which names column, row and remedy, or InvalidData, and then adds nothing.
    """
    table = table_of(dataset)
    with metadata.transaction() as transaction:
        before = newest(transaction, dataset)
        repeated = transaction.find(DatasetVersion, dataset=dataset, key=key)
    if repeated:
        return Written(version=repeated[0], before=before, adds=False)
    rows = _to_add(rows, dataset, before)
    if before is not None and rows.num_rows == 0:
        return Written(version=before, before=before, adds=False)
    fields = infer_fields(rows) if before is None else before.fields
    fitting = enforce(rows, fields, new_categories=new_categories)
    if new_categories:
        fields = with_new_categories(fields, fitting)
    present = tables.snapshot(table)
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
    if version.number % _MERGE_EVERY == 0:
        tables.compact(table)
    return Written(version=version, before=before, adds=True)


def record(transaction: Transaction, new: Written) -> DatasetVersion:
    """The version of rows that were written, from now on there for all to see."""
    if new.adds:
        transaction.add(new.version)
    return new.version


def _to_add(rows: pa.Table, dataset: str, before: DatasetVersion | None) -> pa.Table:
    rows = to_arrow(rows)
    if before is None and rows.num_rows == 0:
        raise InvalidData(f"There are no rows to make {dataset!r} of.", remedy="Give at least one.")
    return rows


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
        excess = present.rows - known_rows
        if excess and present.has(key) and _ends_in(present, excess, rows):
            return present.version  # this very append, whose process ended before it was recorded
        if excess:
            tables.restore(table_of(dataset), known_version)
    return tables.append(table_of(dataset), rows, marks=(key,))


def _ends_in(present: Snapshot, count: int, rows: pa.Table) -> bool:
    dataset = present.dataset()
    if not set(rows.column_names) <= set(dataset.schema.names):
        return False  # what is left is a first append of other columns
    return bool(last_rows(dataset, count, rows.column_names).equals(rows))


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
