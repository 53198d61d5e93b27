"""The table store in memory: the twin that most tests use."""

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pyarrow as pa

from everloop.errors import Conflict, NotFound
from everloop.stores.table_types import storable, table_path

if TYPE_CHECKING:
    import pyarrow.dataset as ds


@dataclass(frozen=True, slots=True, kw_only=True)
class MemorySnapshot:
    """A table at one version."""

    version: int
    content: pa.Table
    marks: frozenset[str] = field(default_factory=frozenset)

    def has(self, mark: str) -> bool:
        """Whether an append with this mark is in it."""
        return mark in self.marks

    def dataset(self) -> "ds.Dataset":
        """The rows in the order of their appends."""
        import pyarrow.dataset as ds

        return ds.dataset(self.content)

    def read(self, columns: Sequence[str] | None = None) -> pa.Table:
        """The rows in the order of their appends."""
        return self.content if columns is None else self.content.select(list(columns))

    @property
    def rows(self) -> int:
        """How many there are."""
        return self.content.num_rows

    def after(self, rows: int, columns: Sequence[str]) -> "Sequence[ds.Dataset]":
        """All but the first `rows`."""
        import pyarrow.dataset as ds

        return [ds.dataset(self.content.select(list(columns)).slice(rows))]


class MemoryTables:
    """Tables in memory, every version of them, safe across threads."""

    def __init__(self) -> None:
        self._tables: dict[tuple[str, str], list[MemorySnapshot]] = {}
        self._turn = threading.Lock()

    def append(self, name: str, rows: pa.Table, *, marks: Sequence[str] = ()) -> int:
        """Add rows, making the table if need be, and answer the new version. See `TableStore`."""
        rows = storable(rows)
        with self._turn:
            empty = MemorySnapshot(version=0, content=rows.slice(0, 0))
            versions = self._tables.setdefault(table_path(name), [empty])
            last = versions[-1]
            if not last.marks.isdisjoint(marks):
                return last.version
            together = _joined(last.content, rows)
            marked = last.marks | frozenset(marks)
            versions.append(MemorySnapshot(version=len(versions), content=together, marks=marked))
            return versions[-1].version

    def snapshot(self, name: str, version: int | None = None) -> MemorySnapshot | None:
        """The table at a version, or the newest; None if there is no table. NotFound for a wrong version."""
        versions = self._tables.get(table_path(name))
        if not versions:
            return None
        if version is not None and not 0 <= version < len(versions):
            raise NotFound(f"{name} has versions 0 to {len(versions) - 1}, not {version}.")
        return versions[-1 if version is None else version]

    def restore(self, name: str, version: int) -> int:
        """Make a new version that equals an older one. See `TableStore`."""
        with self._turn:
            versions = self._tables.get(table_path(name), [])
            if not 0 <= version < len(versions):
                raise NotFound(f"{name} has no version {version}.")
            if version == versions[-1].version:
                return version
            old = versions[version]
            versions.append(MemorySnapshot(version=len(versions), content=old.content, marks=old.marks))
            return versions[-1].version

    def names(self, group: str) -> Sequence[str]:
        """The tables of a group, in order."""
        group, _ = table_path(f"{group}/any")
        return sorted(own for found, own in self._tables if found == group)

    def compact(self, name: str) -> None:
        """There are no files to merge."""
        table_path(name)


def _joined(old: pa.Table, new: pa.Table) -> pa.Table:
    types: Mapping[str, pa.DataType] = {f.name: f.type for f in old.schema}
    for f in new.schema:
        if types.get(f.name, f.type) != f.type:
            if old.num_rows == 0:
                return new
            raise Conflict(f"Column {f.name!r} has type {types[f.name]} in the table, {f.type} in the rows.")
    return pa.concat_tables([old, new], promote_options="default")
