"""The rows that a model version learned from, or, of an imported one, rows as it takes them."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import pyarrow as pa

from everloop.actions.context import Context
from everloop.datasets.selection import select
from everloop.datasets.versions import version_of, versions
from everloop.errors import NotFound
from everloop.records.dataset import DatasetVersion
from everloop.records.model_version import ModelVersion
from everloop.records.run import Run
from everloop.records.signature import Signature
from everloop.stores.metadata import Transaction

KINDS = {"number": pa.float64(), "boolean": pa.bool_(), "category": pa.string()}


@dataclass(frozen=True, slots=True)
class Window:
    """A dataset version, and which of its rows a run took; of a version that was imported without one, its own rows."""

    data: DatasetVersion | None
    history: tuple[DatasetVersion, ...]  # as suspect as the versions were when it ran
    newest: int | None  # rows; None: all
    until: datetime  # the version cannot have learned from anything that was served later
    imported: ModelVersion | None = None


def training_window(transaction: Transaction, version: ModelVersion) -> Window:
    """What `version` learned from; raises NotFound where the dataset is gone.

    What an imported one learned from is not known: anything up to its import, and its rows are like those.
    """
    imported = version if version.imported is not None else None
    if imported is not None and not version.dataset:
        return Window(None, (), None, version.created_at, imported)
    data = version_of(transaction, version.dataset, version.dataset_version)
    run = transaction.get(Run, version.run)
    left_out = run.left_out if run is not None else ()
    history = tuple(
        replace(v, suspect="left out" if v.number in left_out else "")
        for v in versions(transaction, version.dataset)
    )
    until = data.covers_until if imported is None else max(data.covers_until, version.created_at)
    return Window(data, history, run.window if run is not None else None, until, imported)


def learned_rows(context: Context, window: Window) -> pa.Table:
    """The rows, those that its run kept to score it too.

    An imported version's may be none, and its target's column may be empty: nobody has to know its truths. Raises
    NotFound where rows that were kept with it are gone.
    """
    if window.imported is None:
        assert window.data is not None
        return select(context.tables, window.data, window.history, window.newest).rows
    if window.data is not None:
        rows = select(context.tables, window.data, window.history, window.newest).rows
    else:
        rows = _kept(context, window.imported)
    return _with_target(rows, window.imported.signature)


def _kept(context: Context, version: ModelVersion) -> pa.Table:
    digest = version.imported.rows if version.imported is not None else ""
    if not digest:
        return pa.table({c.name: pa.array([], KINDS[c.kind]) for c in version.signature.columns})
    try:
        data = context.blobs.read(digest)
    except NotFound as error:
        raise NotFound(
            f"The rows that {version} was imported with are gone.", remedy="Import it again with --like."
        ) from error
    with pa.ipc.open_file(pa.BufferReader(data)) as reader:
        return reader.read_all()


def _with_target(rows: pa.Table, signature: Signature) -> pa.Table:
    if signature.target in rows.column_names:
        return rows
    labels: list[Any] = list(signature.classes)
    kind: Any = pa.float64() if signature.task == "regression" else pa.array(labels).type
    return rows.append_column(signature.target, pa.nulls(rows.num_rows, kind))
