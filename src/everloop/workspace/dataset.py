"""A dataset as a person holds it."""

from collections.abc import Iterator
from datetime import date, datetime
from typing import TYPE_CHECKING

from everloop.actions.append_rows import AppendRequest
from everloop.actions.mark_suspect import MarkSuspectRequest
from everloop.actions.queries.datasets import (
    DatasetQuery,
    DatasetsQuery,
    DatasetSummary,
    DiffQuery,
    ReadQuery,
)
from everloop.actions.registry import (
    APPEND,
    DATASET_DIFF,
    DATASET_LOG,
    DATASET_PROFILE,
    DATASET_ROWS,
    DATASETS,
    MARK_SUSPECT,
)
from everloop.records.dataset import DatasetVersion
from everloop.records.moments import moment_of, text_of
from everloop.records.names import checked_name, new_id
from everloop.shown.markup import Markup, table
from everloop.workspace import listings
from everloop.workspace.seen import seen

if TYPE_CHECKING:
    import pyarrow as pa

    from everloop.datasets.accept import Rows
    from everloop.datasets.figures import ColumnProfile, DatasetDiff
    from everloop.workspace.client import Client


class Dataset:
    """A named table that grows, and can be read as it was at each of its versions."""

    def __init__(self, client: "Client", name: str) -> None:
        self.name = checked_name(name, "dataset")
        self._client = client

    def append(
        self,
        rows: "Rows",
        *,
        note: str = "",
        new_categories: bool = False,
        until: datetime | date | str | None = None,
        key: str = "",
    ) -> DatasetVersion:
        """Add rows: a pandas, Polars or Arrow table, or a CSV or Parquet path. The first call makes the dataset.

        `until` is how far the rows reach, now by default: nothing in them happened or became known later, so that gates
        may judge what learns from them by the answers after it. A datetime with its zone or ISO 8601; a day is its end
        in UTC. Raises SchemaMismatch, which names column, row and remedy, or InvalidRequest for an `until` that has not
        come or lies before 1970, and then adds nothing. A repeated `key` adds once.
        """
        from everloop.datasets.accept import to_arrow

        request = AppendRequest(
            dataset=self.name,
            note=note,
            new_categories=new_categories,
            until=None if until is None else text_of(moment_of(until)),
        )
        return self._client.call(APPEND, request, key=key or new_id("key"), table=to_arrow(rows))

    def read(self, version: int | None = None) -> "pa.Table":
        """The rows at a version, the newest by default."""
        return self._client.call(DATASET_ROWS, ReadQuery(dataset=self.name, version=version), key="")

    def log(self) -> tuple[DatasetVersion, ...]:
        """Every version, the oldest first."""
        found = self._client.call(DATASET_LOG, DatasetQuery(dataset=self.name), key="")
        return listings.versions(found)

    def suspect(self, version: int, reason: str) -> DatasetVersion:
        """Let no model learn any more from the rows that this version added; its number and digest stay."""
        return self._mark(version, reason=reason)

    def clear(self, version: int) -> DatasetVersion:
        """The version is sound after all."""
        return self._mark(version, clear=True)

    def _mark(self, version: int, *, reason: str = "", clear: bool = False) -> DatasetVersion:
        request = MarkSuspectRequest(dataset=self.name, version=version, reason=reason, clear=clear)
        return self._client.call(MARK_SUSPECT, request, key=new_id("key"))

    def diff(self, before: int, after: int) -> "DatasetDiff":
        """What changed between two versions: schema, rows, digest."""
        return self._client.call(
            DATASET_DIFF, DiffQuery(dataset=self.name, before=before, after=after), key=""
        )

    def profile(self, version: int | None = None) -> "tuple[ColumnProfile, ...]":
        """Every column in figures."""
        return self._client.call(DATASET_PROFILE, ReadQuery(dataset=self.name, version=version), key="")

    def __repr__(self) -> str:
        return f"Dataset({self.name!r})"

    def _repr_html_(self) -> str:
        return seen(f"Dataset {self.name}", lambda: Markup(self.log()[-1]._repr_html_()))


class Datasets:
    """The datasets of a workspace, by name."""

    def __init__(self, client: "Client") -> None:
        self._client = client

    def __getitem__(self, name: str) -> Dataset:
        return Dataset(self._client, name)

    def __iter__(self) -> Iterator[str]:
        return (summary.name for summary in self.summaries())

    def __len__(self) -> int:
        return len(self.summaries())

    def summaries(self) -> tuple[DatasetSummary, ...]:
        """Each dataset with its newest version."""
        return self._client.call(DATASETS, DatasetsQuery(), key="")

    def __repr__(self) -> str:
        return f"Datasets({list(self)!r})"

    def _repr_html_(self) -> str:
        return seen("Datasets", self._table)

    def _table(self) -> Markup:
        rows = [(d.name, d.version.number, d.version.rows, d.version.created_at) for d in self.summaries()]
        return table(("dataset", "version", "rows", "made (UTC)"), rows, title="Datasets")
