"""Datasets at their versions."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from everloop.actions.context import Context
from everloop.datasets.figures import ColumnProfile, DatasetDiff
from everloop.datasets.versions import names, version_of, versions
from everloop.records.dataset import DatasetVersion

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True, slots=True, kw_only=True)
class DatasetsQuery:
    """Every dataset."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DatasetQuery:
    """One dataset."""

    dataset: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadQuery:
    """One dataset at a version, the newest by default."""

    dataset: str
    version: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DiffQuery:
    """Two versions of a dataset."""

    dataset: str
    before: int
    after: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DatasetSummary:
    """A dataset and its newest version."""

    name: str
    version: DatasetVersion


def list_datasets(context: Context, query: DatasetsQuery) -> tuple[DatasetSummary, ...]:
    """Every dataset, by name."""
    with context.metadata.transaction() as transaction:
        return tuple(DatasetSummary(name=n, version=version_of(transaction, n)) for n in names(transaction))


def log(context: Context, query: DatasetQuery) -> tuple[DatasetVersion, ...]:
    """A dataset's versions, the oldest first; raises NotFound."""
    with context.metadata.transaction() as transaction:
        version_of(transaction, query.dataset)
        return tuple(versions(transaction, query.dataset))


def read(context: Context, query: ReadQuery) -> "pa.Table":
    """The rows of a version; raises NotFound."""
    from everloop.datasets import content

    return content.read(context.tables, _version(context, query.dataset, query.version))


def profile(context: Context, query: ReadQuery) -> tuple[ColumnProfile, ...]:
    """Every column of a version in figures; raises NotFound."""
    from everloop.datasets import content
    from everloop.datasets.profile import profile as column_profiles

    version = _version(context, query.dataset, query.version)
    return column_profiles(content.read(context.tables, version), version.fields)


def diff(context: Context, query: DiffQuery) -> DatasetDiff:
    """What changed between two versions; raises NotFound."""
    from everloop.datasets import diff as differences

    before, after = (_version(context, query.dataset, number) for number in (query.before, query.after))
    return differences.diff(context.tables, before, after)


def _version(context: Context, dataset: str, number: int | None) -> DatasetVersion:
    with context.metadata.transaction() as transaction:
        return version_of(transaction, dataset, number)
