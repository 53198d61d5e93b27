"""What changed between two versions of a dataset."""

from collections.abc import Iterable

from everloop.datasets.content import read
from everloop.datasets.figures import ColumnChange, ColumnProfile, DatasetDiff
from everloop.datasets.profile import profile
from everloop.records.dataset import DatasetVersion, Field
from everloop.stores.tables import TableStore


def diff(tables: TableStore, before: DatasetVersion, after: DatasetVersion) -> DatasetDiff:
    """What changed from one version to another: columns, rows, digests, and each column's figures."""
    old, new = {f.name: f for f in before.fields}, {f.name: f for f in after.fields}
    both = [name for name in new if name in old]
    same = before.digest == after.digest
    return DatasetDiff(
        dataset=after.dataset,
        before=before.number,
        after=after.number,
        rows_before=before.rows,
        rows_after=after.rows,
        digest_before=before.digest,
        digest_after=after.digest,
        columns_added=tuple(name for name in new if name not in old),
        columns_removed=tuple(name for name in old if name not in new),
        columns_retyped=tuple(name for name in both if old[name].type != new[name].type),
        columns=() if same else tuple(_changes(tables, before, after, both)),
    )


def _changes(
    tables: TableStore, before: DatasetVersion, after: DatasetVersion, names: list[str]
) -> Iterable[ColumnChange]:
    old, new = ({p.name: p for p in _profiles(tables, version, names)} for version in (before, after))
    for name in names:
        added = set(_field(after, name).categories) - set(_field(before, name).categories)
        if old[name] != new[name] or added:
            yield ColumnChange(
                name=name, before=old[name], after=new[name], new_categories=tuple(sorted(added))
            )


def _profiles(tables: TableStore, version: DatasetVersion, names: list[str]) -> tuple[ColumnProfile, ...]:
    return profile(read(tables, version, names), [_field(version, name) for name in names])


def _field(version: DatasetVersion, name: str) -> Field:
    return next(field for field in version.fields if field.name == name)
