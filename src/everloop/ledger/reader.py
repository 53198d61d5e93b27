"""The rows of an endpoint: those of its table, then those of segments that are not in it yet.

Segments are read first and the table's snapshot is taken after, so that a segment which is compacted meanwhile is
found in the snapshot by its mark and left out: a row shows as soon as it is captured, and once.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

import pyarrow as pa

from everloop.errors import InvalidRequest, StoredFormatUnknown
from everloop.ledger.arrow import Column, pc
from everloop.ledger.capture import Segment
from everloop.ledger.column_names import original_name, with_original_names
from everloop.ledger.folder import CaptureFolder
from everloop.ledger.named_outcomes import Named, once
from everloop.ledger.outcome_rows import OUTCOMES, STORED, outcome_rows
from everloop.ledger.own_ids import named_answers
from everloop.ledger.prediction_rows import ENVELOPE, prediction_rows
from everloop.ledger.selection import Selection, about
from everloop.ledger.taught import TaughtToAny
from everloop.ledger.unread import Unread, shown
from everloop.stores.tables import Snapshot, TableStore

if TYPE_CHECKING:  # imports pandas, half a second that most commands do not need
    import pyarrow.dataset as ds


EVERYTHING = Selection(shadow=None)


class LedgerReader:
    """One look at the ledger. All that it reads is of, or after, the moment when it was made."""

    def __init__(self, tables: TableStore, folder: CaptureFolder) -> None:
        self._tables = tables
        self._segments = _readable(folder)

    def predictions(self, endpoint: str, selection: Selection = EVERYTHING) -> pa.Table:
        """The selected rows as they are stored, in the order of their capture.

        Raises InvalidRequest for a column that no row has.
        """
        columns, condition = selection.columns, selection.condition()
        name = f"predictions/{endpoint}"
        snapshot, pending = self._pending(name)
        if selection.reads_bodies:  # of all rows: which inputs there are does not depend on what is selected
            made = prediction_rows(pending, endpoint)
        else:
            made = prediction_rows(pending, endpoint, inputs=False, takes=selection.takes)
        fresh = _kept(made, condition)
        rows = _together(snapshot, fresh, ENVELOPE, columns, condition)
        missing = [name for name in columns or () if name not in rows.column_names]
        if missing:
            raise InvalidRequest(
                f"Predictions of {endpoint} have no column {missing[0]!r}.",
                remedy=f"They have: {', '.join(rows.column_names)}.",
            )
        return rows if columns is None else rows.select(list(columns))

    def outcomes(
        self,
        endpoint: str,
        *,
        name: str | None = None,
        since: datetime | None = None,
        columns: Sequence[str] | None = None,
    ) -> pa.Table:
        """What was received: all, or those called `name`, of predictions served from `since`.

        It is there as it came, and what came by callers' own ids under ours too (`named_outcomes`).
        """
        condition = about(name, since)
        snapshot, fresh = self._told(endpoint, condition)
        rows = _together(snapshot, fresh, STORED, columns, condition)
        return rows if columns is None else rows.select(list(columns))

    def unread_predictions(
        self, endpoint: str, selection: Selection, after: int, taught: TaughtToAny | None = None
    ) -> Unread:
        """The selected ones that do not lie among the first `after` rows of the table; of cheap columns only.

        Inputs are read where something was `taught`, and only to say which rows were.
        """
        snapshot, pending = self._pending(f"predictions/{endpoint}")
        columns, condition = list(selection.columns or ()), selection.condition()
        inputs = taught is not None and bool(taught.marks)
        fresh = prediction_rows(pending, endpoint, inputs=inputs, takes=selection.takes)
        return Unread(
            snapshot=snapshot,
            rows=0 if snapshot is None else snapshot.rows,
            after=after,
            columns=columns,
            condition=condition,
            fresh=shown(_kept(fresh, condition), columns, taught),
            taught=taught,
        )

    def unread_outcomes(
        self,
        endpoint: str,
        name: str,
        since: datetime | None,
        after: int,
        columns: Sequence[str] = OUTCOMES.names,
    ) -> Unread:
        """Those called `name` that do not lie among the first `after` rows of the table."""
        condition = about(name, since)
        snapshot, fresh = self._told(endpoint, condition)
        return Unread(
            snapshot=snapshot,
            rows=0 if snapshot is None else snapshot.rows,
            after=after,
            columns=columns,
            condition=condition,
            fresh=fresh.select(list(columns)),
        )

    def unknown(self, endpoint: str, ids: Column) -> Column:
        """Those of `ids` that no answer has, as ours or as its caller's own."""
        snapshot, pending = self._pending(f"predictions/{endpoint}")
        fresh = prediction_rows(pending, endpoint, inputs=False, takes=Selection().takes)
        known = [fresh["id"], named_answers(pending, endpoint)["caller_id"]]
        if snapshot is not None:
            by_id = pc.field("id").isin(ids) | pc.field("caller_id").isin(ids)
            stored = _scan(snapshot, ("id", "caller_id"), by_id)
            known += [stored["id"], stored["caller_id"]]
        every = pa.chunked_array([chunk for column in known for chunk in column.chunks], pa.string())
        return ids.filter(pc.invert(pc.is_in(ids, value_set=every)))

    def _told(self, endpoint: str, condition: "ds.Expression | None") -> tuple[Snapshot | None, pa.Table]:
        """The table of outcomes, and those that are not in it and meet `condition`, under our ids too."""
        answered, asked = self._pending(f"predictions/{endpoint}")
        snapshot, pending = self._pending(f"outcomes/{endpoint}")
        fresh = _kept(outcome_rows(pending, endpoint), condition)
        named = Named(tables=self._tables, endpoint=endpoint, answered=answered, told=snapshot)
        answers = named_answers(asked, endpoint)
        waiting = _kept(named.waiting(answers), condition)
        more = pa.concat_tables([named.of_stored(fresh), named.of_fresh(fresh, answers), waiting])
        return snapshot, pa.concat_tables([fresh, once(more)]) if more.num_rows else fresh

    def _pending(self, name: str) -> tuple[Snapshot | None, list[Segment]]:
        """The table's snapshot, and the segments that are not in it."""
        snapshot = self._tables.snapshot(name)
        return snapshot, [s for s in self._segments if snapshot is None or not snapshot.has(s.id)]


def _kept(rows: pa.Table, condition: "ds.Expression | None") -> pa.Table:
    return rows if condition is None else rows.filter(condition)


def _together(
    snapshot: Snapshot | None,
    fresh: pa.Table,
    first: pa.Schema,
    columns: Sequence[str] | None,
    condition: "ds.Expression | None",
) -> pa.Table:
    """Stored rows, then fresh ones; the columns of `first` in its order before the others."""
    if snapshot is None:
        return fresh
    stored = _scan(snapshot, columns, condition)
    together = pa.concat_tables([stored, fresh], promote_options="default")
    present = [name for name in first.names if name in together.column_names]
    return together.select([*present, *(n for n in together.column_names if n not in set(present))])


def _scan(snapshot: Snapshot, columns: Sequence[str] | None, condition: "ds.Expression | None") -> pa.Table:
    dataset = snapshot.dataset()
    wanted = None
    if columns is not None:
        wanted = [name for name in dataset.schema.names if original_name(name) in set(columns)]
    return with_original_names(dataset.to_table(columns=wanted, filter=condition))


def _readable(folder: CaptureFolder) -> list[Segment]:
    found = []
    for name in folder.ids():
        try:
            segment = folder.read(name)
        except StoredFormatUnknown as error:
            folder.complain_once(name, error)
            continue
        if segment is not None:
            found.append(segment)
    return found
