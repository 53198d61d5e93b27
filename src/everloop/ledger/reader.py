"""The rows of an endpoint: those of its table, then those of segments that are not in it yet.

Segments are read first and the table's snapshot is taken after, so that a segment which is compacted meanwhile is
found in the snapshot by its mark and left out: a row shows as soon as it is captured, and once.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from everloop.errors import InvalidRequest, StoredFormatUnknown
from everloop.ledger.arrow import pc
from everloop.ledger.capture import Segment
from everloop.ledger.column_names import original_name, with_original_names
from everloop.ledger.folder import CaptureFolder
from everloop.ledger.outcome_rows import OUTCOMES, outcome_rows
from everloop.ledger.prediction_rows import ENVELOPE, prediction_rows
from everloop.stores.tables import Snapshot, TableStore

if TYPE_CHECKING:  # imports pandas, half a second that most commands do not need
    import pyarrow.dataset as ds


class LedgerReader:
    """One look at the ledger. All that it reads is of, or after, the moment when it was made."""

    def __init__(self, tables: TableStore, folder: CaptureFolder) -> None:
        self._tables = tables
        self._segments = _readable(folder)

    def predictions(
        self,
        endpoint: str,
        *,
        columns: Sequence[str] | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> pa.Table:
        """Rows as they are stored, in the order of their capture; those served from `since` to before `until`.

        Raises InvalidRequest for a column that no row has.
        """
        rows = self._rows(
            f"predictions/{endpoint}", endpoint, prediction_rows, columns, _between(since, until)
        )
        missing = [name for name in columns or () if name not in rows.column_names]
        if missing:
            raise InvalidRequest(
                f"Predictions of {endpoint} have no column {missing[0]!r}.",
                remedy=f"They have: {', '.join(rows.column_names)}.",
            )
        return rows if columns is None else rows.select(list(columns))

    def outcomes(self, endpoint: str) -> pa.Table:
        """All that was received, as it came."""
        return self._rows(f"outcomes/{endpoint}", endpoint, outcome_rows, None, None)

    def _rows(
        self,
        name: str,
        endpoint: str,
        rows_of: Callable[[Sequence[Segment], str], pa.Table],
        columns: Sequence[str] | None,
        condition: "ds.Expression | None",
    ) -> pa.Table:
        snapshot = self._tables.snapshot(name)
        pending = [s for s in self._segments if snapshot is None or not snapshot.has(s.id)]
        fresh = rows_of(pending, endpoint)
        if condition is not None:
            fresh = fresh.filter(condition)
        if snapshot is None:
            return fresh
        stored = _scan(snapshot, columns, condition)
        together = pa.concat_tables([stored, fresh], promote_options="default")
        first = [f.name for f in (ENVELOPE if rows_of is prediction_rows else OUTCOMES)]
        present = [n for n in first if n in together.column_names]
        return together.select([*present, *(n for n in together.column_names if n not in set(present))])


def _scan(snapshot: Snapshot, columns: Sequence[str] | None, condition: "ds.Expression | None") -> pa.Table:
    dataset = snapshot.dataset()
    wanted = None
    if columns is not None:
        wanted = [name for name in dataset.schema.names if original_name(name) in set(columns)]
    return with_original_names(dataset.to_table(columns=wanted, filter=condition))


def _between(since: datetime | None, until: datetime | None) -> "ds.Expression | None":
    served: Any = pc.field("served_at")
    conditions = [served >= since] * (since is not None) + [served < until] * (until is not None)
    return conditions[0] & conditions[-1] if conditions else None


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
