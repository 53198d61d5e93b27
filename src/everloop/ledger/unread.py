"""What of a table of the ledger was not read yet: what lies in it for good, and what is still in segments."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from everloop.ledger.arrow import Column, pc
from everloop.ledger.column_names import original_name, with_original_names
from everloop.ledger.taught import TaughtToAny
from everloop.stores.tables import Snapshot

if TYPE_CHECKING:  # imports pandas, half a second that most commands do not need
    import pyarrow.dataset as ds

SELECTED_BY = ("served_at", "variant", "rollout", "shadow", "name", "learned_at")  # what conditions look at
PART = 1 << 16  # rows of the table that are looked at together


@dataclass(frozen=True, slots=True, kw_only=True)
class Unread:
    """The rows of a table behind the first `after` of it, and those of segments that are not in it."""

    snapshot: Snapshot | None
    rows: int  # of the table, with those that were left out: where the next reading goes on
    after: int
    columns: Sequence[str]
    condition: "ds.Expression | None"
    fresh: pa.Table  # of segments: they come again until they are in the table, and then there
    taught: TaughtToAny | None = None  # where it is given, a column `taught` says which answers it has

    def stored(self) -> Iterator[pa.Table]:
        """Those in the table that meet the condition, in parts of a bounded size. Each of them comes once."""
        if self.snapshot is None or self.rows <= self.after:
            return
        names = self.snapshot.dataset().schema.names
        inputs = self.taught.names if self.taught is not None else frozenset()
        wanted = [name for name in names if original_name(name) in {*self.columns, *inputs}]
        read = [name for name in names if name in wanted or name in SELECTED_BY]
        for dataset in self.snapshot.after(self.after, read):
            yield from self._parts(dataset, wanted)

    def all(self) -> pa.Table:
        """Those in the table, then those of segments."""
        return pa.concat_tables([*(part.cast(self.fresh.schema) for part in self.stored()), self.fresh])

    def about(self, name: str, values: Column) -> pa.Table:
        """The rows of the whole table that meet the condition and have one of these values there, in their order."""
        if self.snapshot is None:
            return self.fresh.slice(0, 0)
        return self._read(self.snapshot, pc.is_in(pc.field(name), value_set=values))

    def where(self, condition: "ds.Expression") -> pa.Table:
        """All rows that meet this condition too, those of the whole table and then those of segments."""
        fresh = self.fresh.filter(condition)
        if self.snapshot is None:
            return fresh
        return pa.concat_tables([self._read(self.snapshot, condition).cast(fresh.schema), fresh])

    def _read(self, snapshot: Snapshot, condition: "ds.Expression") -> pa.Table:
        both = condition if self.condition is None else self.condition & condition
        found = snapshot.dataset().to_table(filter=both)
        return shown(with_original_names(found), self.columns, self.taught)

    def _parts(self, dataset: "ds.Dataset", wanted: list[str]) -> Iterator[pa.Table]:
        batches = dataset.to_batches(
            columns=wanted,
            filter=self.condition,
            batch_size=PART,
            batch_readahead=1,
            fragment_readahead=1,
        )
        gathered: list[pa.RecordBatch] = []
        for batch in batches:
            gathered.append(batch)
            if sum(part.num_rows for part in gathered) >= PART:
                yield self._part(gathered)
                gathered = []
        if sum(part.num_rows for part in gathered):
            yield self._part(gathered)

    def _part(self, batches: list[pa.RecordBatch]) -> pa.Table:
        return shown(with_original_names(pa.Table.from_batches(batches)), self.columns, self.taught)


def shown(rows: pa.Table, columns: Sequence[str], taught: TaughtToAny | None) -> pa.Table:
    """These columns of the ledger's rows; and `taught`, if that is asked for. Shadows, without inputs, never are."""
    found = rows.select(list(columns))
    if taught is None:
        return found
    flags, answers = np.zeros(rows.num_rows, bool), np.flatnonzero(~np.asarray(rows["shadow"]))
    flags[answers] = taught.has(rows.take(answers)) if taught.marks else False
    return found.append_column("taught", pa.array(flags))
