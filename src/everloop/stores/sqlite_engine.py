"""A SQLite file as SQLAlchemy uses it: WAL, every commit synced, transactions that we begin ourselves."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.exc import DatabaseError, OperationalError

from everloop.errors import WorkspaceBusy, WorkspaceUnusable

WAIT_S = 5.0  # for another process's transaction; the workspace lock makes that rare

_REMEDIES = {
    "disk is full": "The disk is full. Free some space and try again; nothing was changed.",
    "readonly": "It can only be read. Give this user the right to write there.",
    "unable to open": "It cannot be opened. Check that the folder exists and may be written.",
    "disk i/o error": "The disk reports an error. Check the disk before anything else.",
    "not a database": "It is not one of ours, or is damaged. Restore it from a backup.",
    "malformed": "It is damaged. Restore it from a backup.",
}


def sqlite_engine(path: Path) -> sa.Engine:
    """An engine with one connection to the file at `path`, which is made if it is missing."""
    engine = sa.create_engine(
        sa.URL.create("sqlite+pysqlite", database=str(path)),
        poolclass=sa.StaticPool,
        connect_args={"check_same_thread": False, "timeout": WAIT_S, "isolation_level": None},
        json_serializer=lambda value: msgspec.json.encode(value).decode(),
        json_deserializer=msgspec.json.decode,
    )
    sa.event.listen(engine, "connect", _configure)
    sa.event.listen(engine, "begin", _begin_to_write)
    return engine


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """Turns what SQLite says of a disk, a folder or another process into our errors, on one line."""
    try:
        yield
    except DatabaseError as error:
        said = str(error.orig)
        if isinstance(error, OperationalError) and ("locked" in said or "busy" in said):
            raise WorkspaceBusy(f"{path.name} is held by another process.", remedy="Try again.") from error
        for sign, remedy in _REMEDIES.items():
            if sign in said.lower():
                raise WorkspaceUnusable(f"{path}: {said}.", remedy=remedy) from error
        raise


def _configure(connection: Any, _record: Any) -> None:  # noqa: ANN401 - the driver's own object
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "trusted_schema=OFF"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_to_write(connection: sa.Connection) -> None:
    """Takes the write lock at once: a transaction that reads first could otherwise fail when it writes."""
    connection.exec_driver_sql("BEGIN IMMEDIATE")
