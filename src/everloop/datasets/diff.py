"""What changed between two versions of a dataset."""

from collections.abc import Iterable
from dataclasses import dataclass

from everloop.datasets.content import read
from everloop.datasets.profile import ColumnProfile, profile
from everloop.records.dataset import DatasetVersion, Field
from everloop.stores.tables import TableStore


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnChange:
    """A column in both versions whose figures, or whose categories, differ."""

    name: str
    before: ColumnProfile
    after: ColumnProfile
    new_categories: tuple[str, ...] = ()

    def line(self) -> str:
        """The change on one line."""
        parts = [
            f"{what} {old} -> {new}"
            for what, old, new in (
                ("missing", self.before.missing, self.after.missing),
                ("distinct", self.before.distinct, self.after.distinct),
                ("mean", _short(self.before.mean), _short(self.after.mean)),
                ("least", self.before.least, self.after.least),
                ("most", self.before.most, self.after.most),
            )
            if old != new
        ]
        if self.new_categories:
            parts.append(f"new categories {', '.join(self.new_categories[:8])}")
        return f"  {self.name}: {', '.join(parts) or 'other frequencies'}"


@dataclass(frozen=True, slots=True, kw_only=True)
class DatasetDiff:
    """Two versions side by side. Rows are only ever added, so the later one begins with the earlier one's."""

    dataset: str
    before: int
    after: int
    rows_before: int
    rows_after: int
    digest_before: str
    digest_after: str
    columns_added: tuple[str, ...]
    columns_removed: tuple[str, ...]
    columns_retyped: tuple[str, ...]
    columns: tuple[ColumnChange, ...]  # those that changed

    @property
    def same(self) -> bool:
        """Whether both hold the same rows in the same columns."""
        return self.digest_before == self.digest_after

    def lines(self) -> list[str]:
        """The difference for a person to read."""
        title = f"{self.dataset}@{self.before} -> {self.dataset}@{self.after}"
        if self.same:
            return [f"{title}: the same rows, digest {self.digest_after[:12]}"]
        lines = [
            f"{title}: {self.rows_before} -> {self.rows_after} rows ({self.rows_after - self.rows_before:+d})",
            f"digest {self.digest_before[:12]} -> {self.digest_after[:12]}",
        ]
        for what, names in (
            ("added", self.columns_added),
            ("removed", self.columns_removed),
            ("of another type", self.columns_retyped),
        ):
            lines += [f"columns {what}: {', '.join(names)}"] if names else []
        return lines + [change.line() for change in self.columns]


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


def _short(value: float | None) -> str:
    return "none" if value is None else f"{value:.4g}"
