"""A Delta table at one version, its rows in the order of their appends."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
from deltalake import DeltaTable
from pyarrow.fs import LocalFileSystem

from everloop.stores.delta_files import DataFile

if TYPE_CHECKING:
    import pyarrow.dataset as ds


class DeltaSnapshot:
    """One version. Later appends, restores and merges do not show in it."""

    def __init__(self, folder: Path, table: DeltaTable) -> None:
        self._folder = folder
        self._table = table

    @property
    def version(self) -> int:
        """Delta's number for it."""
        return self._table.version()

    def has(self, mark: str) -> bool:
        """Whether an append with this mark is in it."""
        return bool(self._table.transaction_version(mark))

    def dataset(self) -> "ds.Dataset":
        """The rows in the order of their appends, to scan with columns and filters pushed down."""
        return self.part([file.name for file in files_of(self._table)])

    def read(self, columns: Sequence[str] | None = None) -> pa.Table:
        """The rows in the order of their appends."""
        return self.dataset().to_table(columns=None if columns is None else list(columns))

    @property
    def rows(self) -> int:
        """How many there are, as the log says."""
        return sum(file.rows for file in files_of(self._table))

    def after(self, rows: int, columns: Sequence[str]) -> "Sequence[ds.Dataset]":
        """All but the first `rows`: files, and groups of rows in them, that lie before are not opened."""
        import pyarrow.dataset as ds

        names: list[str] = []
        for file in files_of(self._table):
            if rows >= file.rows > 0 and not names:
                rows -= file.rows
            else:
                names.append(file.name)
        whole: Any = self.part(names)
        if not rows or not names:
            return [whole]
        first, *later = whole.get_fragments()
        groups: list[int] = []
        for group in first.row_groups:
            if rows >= group.num_rows and not groups:
                rows -= group.num_rows
            else:
                groups.append(group.id)
        begun = first.subset(row_group_ids=groups[:1]).to_table(schema=whole.schema, columns=list(columns))
        rest = [*([first.subset(row_group_ids=groups[1:])] if len(groups) > 1 else []), *later]
        remaining = ds.FileSystemDataset(rest, whole.schema, whole.format, whole.filesystem)
        return [ds.dataset(begun.slice(rows)), *([remaining] if rest else [])]

    def part(self, names: Sequence[str]) -> "ds.Dataset":
        """The rows of some files, in the order given."""
        import pyarrow.dataset as ds  # imports pandas, which a writer does not need

        arrow: Any = self._table.schema().to_arrow()  # of another Arrow library
        schema = pa.schema(arrow)
        if not names:
            return ds.dataset(schema.empty_table())
        # Arrow's own file system: the one that Delta would give runs Python in Arrow's threads, which end a process
        # with SIGABRT that ends while they still wait for their turn.
        files, form = LocalFileSystem(), ds.ParquetFileFormat()
        fragments = [form.make_fragment(str(self._folder / name), files) for name in names]
        return ds.FileSystemDataset(fragments, schema, form, files)


def files_of(table: DeltaTable) -> list[DataFile]:
    """The files of a table in the order of their appends."""
    actions = pa.table(table.get_add_actions(flatten=True))
    columns = (actions[name].to_pylist() for name in ("path", "size_bytes", "num_records"))
    files = [DataFile(name=name, size=size, rows=rows) for name, size, rows in zip(*columns, strict=True)]
    return sorted(files, key=lambda file: file.name)
