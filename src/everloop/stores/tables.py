"""The table store: Arrow tables by name, appended to, read at any version."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.dataset as ds


class Snapshot(Protocol):
    """A table at one version; later appends do not show in it."""

    @property
    def version(self) -> int:
        """The store's number for it."""
        ...

    def has(self, mark: str) -> bool:
        """Whether an append with this mark is in it."""
        ...

    def dataset(self) -> "ds.Dataset":
        """The rows in the order of their appends, to scan with columns and filters pushed down."""
        ...

    def read(self, columns: Sequence[str] | None = None) -> "pa.Table":
        """The rows in the order of their appends."""
        ...

    @property
    def rows(self) -> int:
        """How many there are; reads none."""
        ...

    def after(self, rows: int, columns: Sequence[str]) -> "Sequence[ds.Dataset]":
        """All but the first `rows`, to scan one dataset after the other; what was read before costs nothing.

        Merges change neither the order of rows nor their number, so that whoever has read so many can go on there.
        """
        ...


class TableStore(Protocol):
    """Tables named `<group>/<name>`. A reader sees a whole version, never part of an append."""

    def append(self, name: str, rows: "pa.Table", *, marks: Sequence[str] = ()) -> int:
        """Add rows, making the table if need be, and answer the new version.

        Marks are kept in the same commit: if the table has one of them already, nothing is added and the
        present version is answered, so that a repeated append adds once. A column that the table does not
        have is added, null in the older rows. Raises Conflict if a column's type differs, except in a table
        without rows, which takes the new one. Version 0 of every table is empty.
        """
        ...

    def snapshot(self, name: str, version: int | None = None) -> Snapshot | None:
        """The table at a version, or the newest; None if there is no table. NotFound for a wrong version."""
        ...

    def restore(self, name: str, version: int) -> int:
        """Make a new version that equals an older one, marks included, and answer its number.

        The present version is left as it is. Raises NotFound for a version that is not there.
        """
        ...

    def names(self, group: str) -> Sequence[str]:
        """The tables of a group, in order."""
        ...

    def compact(self, name: str) -> None:
        """Merge small files. The rows, their order and older versions stay."""
        ...
