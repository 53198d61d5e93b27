"""The table store in a folder of Delta tables."""

import fcntl
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa
from deltalake import CommitProperties, DeltaTable, Schema, Transaction
from deltalake.exceptions import CommitFailedError, DeltaError, TableNotFoundError
from deltalake.transaction import AddAction, RemoveAction

from everloop.errors import Conflict, NotFound, WorkspaceUnusable
from everloop.stores import delta_files
from everloop.stores.delta_files import DataFile
from everloop.stores.delta_snapshot import DeltaSnapshot, files_of
from everloop.stores.durable import sync
from everloop.stores.table_types import storable, table_path

_ATTEMPTS = 5
_FOREVER = {
    "delta.enableExpiredLogCleanup": "false",  # else versions older than a month could no longer be read
    "delta.checkpointInterval": "20",  # opening replays at most so many commits
}


class DeltaTables:
    """Tables under `root`, safe to use from several threads and processes: writers of a table take turns.

    A commit is on the disk before `append` returns. Raises WorkspaceUnusable where the disk does not take it;
    the table is then as it was, or holds the whole append, and repeating it with its marks is safe.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._newest: dict[Path, DeltaTable] = {}  # as they were last read; nobody writes with these

    def append(self, name: str, rows: pa.Table, *, marks: Sequence[str] = ()) -> int:
        """Add rows, making the table if need be, and answer the new version. See `TableStore`."""
        rows = storable(rows)
        with self._writing(name) as folder:
            for _ in range(_ATTEMPTS):
                table = _opened(folder) or _made(folder, rows.schema)
                if any(table.transaction_version(mark) for mark in marks):
                    return _synced(folder, table.version())  # its first writer may not have come so far
                try:
                    return _append(folder, table, rows, dict.fromkeys(marks, 1))
                except CommitFailedError:
                    continue  # a writer that does not take our turns was first
        raise Conflict(f"Others write to {name} without pause.", remedy="Try again.")

    def snapshot(self, name: str, version: int | None = None) -> DeltaSnapshot | None:
        """The table at a version, or the newest; None if there is no table. NotFound for a wrong version."""
        folder = self._folder(name)
        try:
            table = self._last_read(folder)
            if table is None or version is None or version == table.version():
                return None if table is None else DeltaSnapshot(folder, table)
            if not 0 <= version < table.version():
                raise NotFound(f"{name} has versions 0 to {table.version()}, not {version}.")
            return DeltaSnapshot(folder, DeltaTable(folder, version=version))
        except DeltaError as error:
            raise WorkspaceUnusable(
                f"The table {name} cannot be read: {str(error).splitlines()[0]}.",
                remedy="Restore its folder from a backup.",
            ) from error

    def restore(self, name: str, version: int) -> int:
        """Make a new version that equals an older one. See `TableStore`."""
        with self._writing(name) as folder:
            table = _opened(folder)
            if table is None or not 0 <= version <= table.version():
                raise NotFound(f"{name} has no version {version}.")
            if version == table.version():
                return version
            before = DeltaTable(folder, version=version)
            later = range(version + 1, table.version() + 1)
            marks = {mark: before.transaction_version(mark) or 0 for mark in _marks_made(folder, later)}
            table.restore(version, commit_properties=_committing(marks))
            return _synced(folder, table.version())

    def names(self, group: str) -> Sequence[str]:
        """The tables of a group, in order."""
        folder = self._root / table_path(f"{group}/any")[0]
        return sorted(path.parent.name for path in folder.glob("*/_delta_log"))

    def compact(self, name: str) -> None:
        """Merge small files. The rows, their order and older versions stay."""
        with self._writing(name) as folder:
            table = _opened(folder)
            for run in [] if table is None else delta_files.mergeable(files_of(table)):
                _merge(folder, run)

    def _last_read(self, folder: Path) -> DeltaTable | None:
        """The newest version. To open it replays its log: only where there is a commit that was not read yet."""
        known = self._newest.get(folder)
        if known is not None and _log(folder, 0).exists() and not _log(folder, known.version() + 1).exists():
            return known
        table = _opened(folder)
        if table is not None:
            self._newest[folder] = table
        return table

    def _folder(self, name: str) -> Path:
        return self._root.joinpath(*table_path(name))

    @contextmanager
    def _writing(self, name: str) -> Iterator[Path]:
        """This table's folder, while no other thread or process writes to it."""
        folder = self._folder(name)
        try:
            folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            turn = os.open(folder.with_name(f"{folder.name}.lock"), os.O_RDWR | os.O_CREAT, 0o600)
            try:
                fcntl.flock(turn, fcntl.LOCK_EX)
                yield folder
            finally:
                os.close(turn)  # unlocks
        except OSError as error:
            raise _refused(name, error.strerror or str(error), error) from error
        except DeltaError as error:
            raise _refused(name, str(error).splitlines()[0], error) from error


def _made(folder: Path, schema: pa.Schema) -> DeltaTable:
    folder.mkdir(mode=0o700, exist_ok=True)
    table = DeltaTable.create(str(folder), Schema.from_arrow(schema), configuration=_FOREVER)
    _synced(folder, 0)
    for made in (folder, folder.parent, folder.parent.parent):
        sync(made)
    return table


def _append(folder: Path, table: DeltaTable, rows: pa.Table, marks: Mapping[str, int]) -> int:
    table = _fitting(folder, table, rows.schema)
    version = table.version() + 1
    if rows.num_rows == 0:
        _commit(table, [], marks)
        return _synced(folder, version)
    added = delta_files.written(folder, delta_files.new_name(version), rows.to_batches(), rows.schema)
    return _with_file(folder, table, added, [], marks)


def _merge(folder: Path, run: Sequence[DataFile]) -> None:
    table = DeltaTable(folder)
    merged = DeltaSnapshot(folder, table).part([file.name for file in run])
    name = delta_files.name_in_place_of(run[0].name)
    added = delta_files.written(folder, name, merged.to_batches(), merged.schema)
    added.data_change = False
    _with_file(folder, table, added, [delta_files.removed(file) for file in run], {})


def _with_file(
    folder: Path,
    table: DeltaTable,
    added: AddAction,
    removed: Sequence[RemoveAction],
    marks: Mapping[str, int],
) -> int:
    """The version with a file that was written. Where it does not come to be, the file is deleted again.

    An error need not mean that: Delta writes a checkpoint behind some commits, for which there may be no space. Then
    the commit stands, and a later one has its checkpoint.
    """
    version = table.version() + 1
    try:
        _commit(table, [added, *removed], marks)
    except BaseException as error:
        if not _names(folder, version, added):
            (folder / added.path).unlink(missing_ok=True)
            raise
        if not isinstance(error, OSError | DeltaError):  # somebody wants to stop
            raise
    return _synced(folder, version)


def _fitting(folder: Path, table: DeltaTable, schema: pa.Schema) -> DeltaTable:
    """The table, able to take rows of this schema: new columns added, all columns changed if it is empty."""
    known = {field.name: field.type for field in table.schema().fields}
    wanted = Schema.from_arrow(schema)
    differing = [field for field in wanted.fields if known.get(field.name, field.type) != field.type]
    new = [field for field in wanted.fields if field.name not in known]
    if differing and files_of(table):
        field = differing[0]
        raise Conflict(
            f"Column {field.name!r} has type {known[field.name]} in the table, {field.type} in the rows."
        )
    if differing:
        table.create_write_transaction([], "overwrite", wanted, commit_properties=_committing({}))
    elif new:
        table.alter.add_columns(new)
    return DeltaTable(folder) if differing or new else table


def _commit(table: DeltaTable, actions: list[AddAction | RemoveAction], marks: Mapping[str, int]) -> None:
    table.create_write_transaction(actions, "append", table.schema(), commit_properties=_committing(marks))


def _committing(marks: Mapping[str, int]) -> CommitProperties:
    # No retries: a file's name must begin with the very version that adds it.
    transactions = [Transaction(mark, value) for mark, value in marks.items()]
    return CommitProperties(max_commit_retries=0, app_transactions=transactions)


def _opened(folder: Path) -> DeltaTable | None:
    if not (folder / "_delta_log").exists():
        return None
    try:
        return DeltaTable(folder)
    except TableNotFoundError:  # killed before its first commit
        return None


def _synced(folder: Path, version: int) -> int:
    commit = _log(folder, version)
    checkpoint = (commit.with_suffix(".checkpoint.parquet"), commit.with_name("_last_checkpoint"))
    for path in (commit, *(path for path in checkpoint if path.exists()), commit.parent):
        sync(path)
    return version


def _names(folder: Path, version: int, added: AddAction) -> bool:
    """Whether a version was committed, and with this file."""
    try:
        lines = _log(folder, version).read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return False
    return any(entry.get("add", {}).get("path") == added.path for entry in map(json.loads, lines))


def _marks_made(folder: Path, versions: range) -> list[str]:
    lines = (line for v in versions for line in _log(folder, v).read_text(encoding="utf-8").splitlines())
    return [entry["txn"]["appId"] for entry in map(json.loads, lines) if "txn" in entry]


def _log(folder: Path, version: int) -> Path:
    return folder / "_delta_log" / f"{version:020d}.json"


def _refused(name: str, said: str, error: Exception) -> WorkspaceUnusable:
    if isinstance(error, CommitFailedError):
        return WorkspaceUnusable(
            f"The table {name} changed while it was written: {said}.", remedy="Try again."
        )
    return WorkspaceUnusable(
        f"The table {name} could not be written: {said}.",
        remedy="Free some space, or give this user the right to write there, and try again.",
    )
