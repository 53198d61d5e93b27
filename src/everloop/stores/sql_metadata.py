"""The metadata store in SQL."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import sqlalchemy as sa

from everloop.errors import Conflict, InvalidRequest, NotFound, WorkspaceBusy
from everloop.records.codec import Stored, from_document, to_document
from everloop.stores import sql_format
from everloop.stores.metadata import KINDS, KeyPart, Kind, Transaction
from everloop.stores.sql_schema import indexed_fields, make_tables
from everloop.stores.sqlite_engine import explained, sqlite_engine

R = TypeVar("R", bound=Stored)

_METADATA, _TABLES = make_tables()
_KINDS = {kind.record: kind for kind in KINDS}


class SqlMetadata:
    """Records in a SQLite file. Threads take turns; a transaction must not be begun inside another.

    Opening makes a missing file and brings one of an older format up to date. It raises StoredFormatUnknown
    for a newer one and WorkspaceUnusable for a file that cannot be read or written.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._turn = threading.Lock()
        self._holder: int | None = None
        self._closed = False
        self._engine = sqlite_engine(path)
        try:
            with explained(path):
                sql_format.prepare(self._engine, _METADATA)
        except BaseException:
            self._engine.dispose()
            raise

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """A transaction: kept when the block ends, undone when it raises."""
        me = threading.get_ident()
        if self._holder == me:
            raise RuntimeError("A metadata transaction was begun inside another.")
        with self._turn:
            if self._closed:
                raise WorkspaceBusy("This workspace was closed in this process.", remedy="Open it again.")
            self._holder = me
            try:
                with explained(self._path), self._engine.begin() as connection:
                    yield _SqlTransaction(connection)
            finally:
                self._holder = None

    def close(self) -> None:
        """Close the file. Waits for a transaction that is under way."""
        with self._turn, explained(self._path):
            self._closed = True
            self._engine.dispose()


class _SqlTransaction:
    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def get(self, kind: type[R], *key: KeyPart) -> R | None:
        """The record with this key, or None."""
        table = _TABLES[kind]
        query = sa.select(table.c.document).where(_has_key(table, _KINDS[kind], key))
        document = self._connection.execute(query).scalar_one_or_none()
        return None if document is None else from_document(kind, document)

    def find(self, kind: type[R], *, newest: int | None = None, **equals: KeyPart) -> Sequence[R]:
        """The records whose searchable or key fields equal these, in the order of their keys."""
        table, known = _TABLES[kind], indexed_fields(_KINDS[kind])
        for name in equals:
            if name not in known:
                raise InvalidRequest(
                    f"{kind.__name__} cannot be searched by {name!r}.", remedy=f"Use {known}."
                )
        keys = [table.c[name] for name in _KINDS[kind].key]
        query = sa.select(table.c.document).where(*(table.c[name] == value for name, value in equals.items()))
        if newest is None:
            documents = self._connection.execute(query.order_by(*keys)).scalars().all()
        else:
            backwards = query.order_by(*(key.desc() for key in keys)).limit(newest)
            documents = self._connection.execute(backwards).scalars().all()[::-1]
        return [from_document(kind, document) for document in documents]

    def add(self, record: Stored) -> None:
        """Keep a new record; raises Conflict if its key, or a unique field of it, is taken."""
        try:
            self._connection.execute(sa.insert(_TABLES[type(record)]).values(_row(record)))
        except sa.exc.IntegrityError as error:
            raise _taken(record) from error

    def replace(self, record: Stored) -> None:
        """Put `record` in the place of the one with its key; raises NotFound if there is none."""
        table, kind, row = _TABLES[type(record)], _KINDS[type(record)], _row(record)
        key = tuple(row[name] for name in kind.key)
        try:
            done = self._connection.execute(sa.update(table).where(_has_key(table, kind, key)).values(row))
        except sa.exc.IntegrityError as error:
            raise _taken(record) from error
        if done.rowcount == 0:
            raise NotFound(f"There is no {type(record).__name__} {'/'.join(map(str, key))} to replace.")


def _has_key(table: sa.Table, kind: Kind, key: tuple[KeyPart, ...]) -> sa.ColumnElement[bool]:
    if len(key) != len(kind.key):
        raise InvalidRequest(f"The key of {kind.record.__name__} is {kind.key}, not {key}.")
    return sa.and_(*(table.c[name] == value for name, value in zip(kind.key, key, strict=True)))


def _row(record: Stored) -> dict[str, Any]:
    fields = indexed_fields(_KINDS[type(record)])
    return {name: getattr(record, name) for name in fields} | {"document": to_document(record)}


def _taken(record: Stored) -> Conflict:
    kind = _KINDS[type(record)]
    key = "/".join(str(getattr(record, name)) for name in kind.key)
    also = f", or one with its {' or '.join(kind.unique)}" if kind.unique else ""
    return Conflict(
        f"{type(record).__name__} {key}{also} exists already.", remedy="Read it again, then decide."
    )
