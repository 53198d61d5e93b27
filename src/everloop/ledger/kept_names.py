"""Which answers have an id of their callers' own, asked again and again: what was read once is looked up."""

import threading
from typing import Protocol, TypeVar
from weakref import WeakKeyDictionary

import numpy as np
import pyarrow as pa

from everloop.ledger.arrow import Column, Numbers, pc
from everloop.ledger.id_index import NOWHERE, IdIndex, keys_of
from everloop.ledger.own_ids import NAMED, that_are_own
from everloop.ledger.unread import Unread
from everloop.stores.tables import Snapshot, TableStore

MOST = 100  # answers that one id of a caller's names, the latest: one under which more were given, such as "0", is none
CHUNKS = 64  # of kept ids; more of them are made one


class _Kept(Protocol):
    columns: tuple[str, ...]  # read where the first is not null
    rows: int  # of the table, that were read
    version: int  # of the table that they were read of

    def keep(self, part: pa.Table) -> None: ...


_K = TypeVar("_K", bound=_Kept)


class KeptNames:
    """The ids in each endpoint's tables, safe from several threads. They are let go with the table store."""

    def __init__(self) -> None:
        self._answers: WeakKeyDictionary[TableStore, dict[str, _Answers]] = WeakKeyDictionary()
        self._told: WeakKeyDictionary[TableStore, dict[str, _Told]] = WeakKeyDictionary()
        self._turn = threading.Lock()

    def answers(
        self, tables: TableStore, endpoint: str, snapshot: Snapshot | None, ids: Column
    ) -> tuple[Numbers, pa.Table]:
        """The answers in the table that have one of `ids` as their caller's own.

        For each the place of its id among `ids`, and `id` (ours) and `served_at`.
        """
        with self._turn:
            of_store = self._answers.setdefault(tables, {})
            kept = (
                of_store.pop(endpoint, None) or _Answers()
            )  # where it cannot be read, the next look begins anew
            of_store[endpoint] = kept = _upto(snapshot, kept, _Answers())
            return kept.find(keys_of(ids))

    def told(self, tables: TableStore, endpoint: str, snapshot: Snapshot | None, ids: Column) -> Numbers:
        """For each of `ids` whether the table has an outcome that was told by it."""
        with self._turn:
            of_store = self._told.setdefault(tables, {})
            kept = of_store.pop(endpoint, None) or _Told()
            of_store[endpoint] = kept = _upto(snapshot, kept, _Told())
            found: Numbers = kept.index.find(keys_of(ids)) != NOWHERE
            return found


def _upto(snapshot: Snapshot | None, kept: _K, anew: _K) -> _K:
    """`kept` with what `snapshot` has more, or all of it `anew` where the table was restored."""
    if snapshot is None or snapshot.version <= kept.version:
        return kept
    kept = kept if kept.rows <= snapshot.rows else anew
    unread = Unread(
        snapshot=snapshot,
        rows=snapshot.rows,
        after=kept.rows,
        columns=kept.columns,
        condition=pc.field(kept.columns[0]).is_valid(),
        fresh=pa.table({}),
    )
    for part in unread.stored():
        kept.keep(part)
    kept.rows, kept.version = snapshot.rows, snapshot.version
    return kept


class _Answers(_Kept):
    """Answers that have an id of their callers' own: some fifty bytes each."""

    columns = tuple(NAMED.names)

    def __init__(self) -> None:
        self.rows, self.version = 0, -1
        self._index = IdIndex()  # where the latest answer of an id is
        self._before: Numbers = np.zeros(0, np.int32)  # where the one before it is, of the same id
        self._kept = NAMED.empty_table().select(["id", "served_at"])

    def keep(self, part: pa.Table) -> None:
        part = that_are_own(part.cast(NAMED))
        keys = keys_of(part["caller_id"])
        order = np.argsort(keys, kind="stable")
        places, ordered = len(self._before) + order, keys[order]
        follows = np.append(False, ordered[1:] == ordered[:-1])[: len(keys)]
        before = np.where(follows, np.roll(places, 1), self._index.find(ordered))
        of_places = np.empty(len(keys), np.int32)
        of_places[order] = before
        self._before = np.concatenate([self._before, of_places])
        last = np.append(~follows[1:], True)[: len(keys)]
        self._index.add(ordered[last], places[last])
        self._kept = pa.concat_tables([self._kept, part.select(["id", "served_at"])])
        if self._kept.column(0).num_chunks > CHUNKS:
            self._kept = self._kept.combine_chunks()

    def find(self, keys: Numbers) -> tuple[Numbers, pa.Table]:
        which, places = np.arange(len(keys)), self._index.find(keys)
        found: list[tuple[Numbers, Numbers]] = []
        for _ in range(MOST):
            there = places != NOWHERE
            which, places = which[there], places[there]
            if not len(places):
                break
            found.append((which, places))
            places = self._before[places]
        if not found:
            return which[:0], self._kept.slice(0, 0)
        every = [np.concatenate(parts) for parts in zip(*found, strict=True)]
        return every[0], self._kept.take(pa.array(every[1]))


class _Told(_Kept):
    """The ids that outcomes came for: 12 bytes each."""

    columns = ("prediction",)

    def __init__(self) -> None:
        self.rows, self.version = 0, -1
        self.index = IdIndex()

    def keep(self, part: pa.Table) -> None:
        keys: Numbers = np.unique(keys_of(part["prediction"]))
        keys = keys[self.index.find(keys) == NOWHERE]
        self.index.add(keys, np.zeros(len(keys)))
