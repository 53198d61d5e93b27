"""The rows that a model version learned from."""

from dataclasses import dataclass, replace

import pyarrow as pa

from everloop.actions.context import Context
from everloop.datasets.selection import select
from everloop.datasets.versions import version_of, versions
from everloop.records.dataset import DatasetVersion
from everloop.records.model_version import ModelVersion
from everloop.records.run import Run
from everloop.stores.metadata import Transaction


@dataclass(frozen=True, slots=True)
class Window:
    """A dataset version, and which of its rows a run took."""

    data: DatasetVersion
    history: tuple[DatasetVersion, ...]  # as suspect as the versions were when it ran
    newest: int | None  # rows; None: all


def training_window(transaction: Transaction, version: ModelVersion) -> Window:
    """What `version` learned from; raises NotFound where the dataset is gone."""
    data = version_of(transaction, version.dataset, version.dataset_version)
    run = transaction.get(Run, version.run)
    left_out = run.left_out if run is not None else ()
    history = tuple(
        replace(v, suspect="left out" if v.number in left_out else "")
        for v in versions(transaction, version.dataset)
    )
    return Window(data, history, run.window if run is not None else None)


def learned_rows(context: Context, window: Window) -> pa.Table:
    """The rows, those that its run kept to score it too."""
    return select(context.tables, window.data, window.history, window.newest).rows
