"""The metadata store in memory: the twin that most tests use."""

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeVar

from everloop.errors import Conflict, InvalidRequest, NotFound
from everloop.records.codec import Stored, from_json, to_json
from everloop.stores.metadata import KINDS, KeyPart, Transaction
from everloop.stores.sql_schema import indexed_fields

R = TypeVar("R", bound=Stored)
_Key = tuple[KeyPart, ...]


@dataclass(frozen=True, slots=True)
class _Row:
    """A record as its bytes give it, beside the fields that it is found by. Records never change: all read the one."""

    fields: Mapping[str, object]
    record: Stored


_Rows = dict[type, dict[_Key, _Row]]

_KINDS = {kind.record: kind for kind in KINDS}
_FIELDS = {kind.record: indexed_fields(kind) for kind in KINDS}


class MemoryMetadata:
    """Records in memory, each once through the bytes that a file would hold. Threads take turns."""

    def __init__(self) -> None:
        self._rows: _Rows = {kind.record: {} for kind in KINDS}
        self._turn = threading.Lock()
        self._holder: int | None = None

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """A transaction: kept when the block ends, undone when it raises."""
        me = threading.get_ident()
        if self._holder == me:
            raise RuntimeError("A metadata transaction was begun inside another.")
        with self._turn:
            self._holder = me
            try:
                working = dict(self._rows)  # a kind's own rows are copied once something is written to them
                yield _MemoryTransaction(working)
                self._rows = working
            finally:
                self._holder = None

    def close(self) -> None:
        """Nothing is held."""


class _MemoryTransaction:
    def __init__(self, rows: _Rows) -> None:
        self._rows = rows
        self._own: set[type] = set()  # kinds whose rows are this transaction's copy

    def get(self, kind: type[R], *key: KeyPart) -> R | None:
        """The record with this key, or None."""
        if len(key) != len(_KINDS[kind].key):
            raise InvalidRequest(f"The key of {kind.__name__} is {_KINDS[kind].key}, not {key}.")
        row = self._rows[kind].get(key)
        return None if row is None else _as(kind, row)

    def find(self, kind: type[R], *, newest: int | None = None, **equals: KeyPart) -> Sequence[R]:
        """The records whose searchable or key fields equal these, in the order of their keys."""
        for name in equals:
            if name not in _FIELDS[kind]:
                raise InvalidRequest(
                    f"{kind.__name__} cannot be searched by {name!r}.", remedy=f"Use {_FIELDS[kind]}."
                )
        keys = sorted(self._keys(kind, equals))
        rows = self._rows[kind]
        wanted = keys if newest is None else keys[max(0, len(keys) - newest) :]
        return [_as(kind, rows[key]) for key in wanted]

    def add(self, record: Stored) -> None:
        """Keep a new record; raises Conflict if its key, or a unique field of it, is taken."""
        key = _key(record)
        if key in self._rows[type(record)]:
            raise Conflict(
                f"{type(record).__name__} {key} exists already.", remedy="Read it again, then decide."
            )
        self._put(key, record)

    def replace(self, record: Stored) -> None:
        """Put `record` in the place of the one with its key; raises NotFound if there is none."""
        key = _key(record)
        if key not in self._rows[type(record)]:
            raise NotFound(f"There is no {type(record).__name__} {key} to replace.")
        self._put(key, record)

    def _put(self, key: _Key, record: Stored) -> None:
        kind = type(record)
        for name in _KINDS[kind].unique:
            if any(other != key for other in self._keys(kind, {name: getattr(record, name)})):
                raise Conflict(f"A {kind.__name__} with this {name} exists already.", remedy="Read it again.")
        fields = {name: getattr(record, name) for name in _FIELDS[kind]}
        row = _Row(fields, from_json(kind, to_json(record)))
        if kind not in self._own:
            self._own.add(kind)
            self._rows[kind] = dict(self._rows[kind])
        self._rows[kind][key] = row

    def _keys(self, kind: type, equals: Mapping[str, object]) -> Iterator[_Key]:
        wanted = equals.items()
        return (key for key, row in self._rows[kind].items() if wanted <= row.fields.items())


def _as(kind: type[R], row: _Row) -> R:
    assert isinstance(row.record, kind)
    return row.record


def _key(record: Stored) -> _Key:
    return tuple(getattr(record, name) for name in _KINDS[type(record)].key)
