"""Outcomes that were told by a caller's own id, under the ids of the answers that have it.

Such an outcome is a row more for each of these answers, with our id in `prediction` and the caller's in `caller_id`;
what came stays as it came. Whoever reads by our ids needs to know nothing of it. An id names every answer that was
given under it before the outcome came, or at most a day after; see docs/decisions/0020.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from everloop.ledger.arrow import Column, Numbers, pc, table
from everloop.ledger.column_names import with_original_names
from everloop.ledger.kept_names import KeptNames
from everloop.ledger.outcome_rows import STORED
from everloop.ledger.own_ids import NAMED
from everloop.ledger.selection import EARLY
from everloop.stores.tables import Snapshot, TableStore

if TYPE_CHECKING:  # imports pandas, half a second that most commands do not need
    import pyarrow.dataset as ds

NAMES = KeptNames()  # of the process, which looks again and again


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """An endpoint's tables, by the callers' own ids."""

    tables: TableStore
    endpoint: str
    answered: Snapshot | None  # taken before `told`: what enters meanwhile is told of twice rather than never
    told: Snapshot | None

    def of_stored(self, outcomes: pa.Table) -> pa.Table:
        """The rows that `outcomes`, as they came, are for answers in the table."""
        if not outcomes.num_rows:
            return STORED.empty_table()
        which, answers = NAMES.answers(self.tables, self.endpoint, self.answered, outcomes["prediction"])
        return _under_ours(outcomes, which, answers)

    def of_fresh(self, outcomes: pa.Table, answers: pa.Table) -> pa.Table:
        """The rows that `outcomes`, as they came, are for `answers` (`NAMED`) that are in no table yet."""
        if not outcomes.num_rows or not answers.num_rows:
            return STORED.empty_table()
        asked = table({"caller_id": answers["caller_id"], "answer": np.arange(answers.num_rows)})
        told = table({"caller_id": outcomes["prediction"], "outcome": np.arange(outcomes.num_rows)})
        pairs = told.join(asked, "caller_id", join_type="inner", use_threads=False).sort_by("outcome")
        return _under_ours(outcomes, pairs["outcome"].to_numpy(), answers.take(pairs["answer"]))

    def waiting(self, answers: pa.Table) -> pa.Table:
        """The rows that outcomes in the table, which came before `answers` (`NAMED`), are for these.

        Those that are in the table already are left out.
        """
        if self.told is None or not answers.num_rows:
            return STORED.empty_table()
        known = NAMES.told(self.tables, self.endpoint, self.told, answers["caller_id"])
        answers = answers.filter(pa.array(known))
        if not answers.num_rows:
            return STORED.empty_table()
        since = pa.scalar(pc.min(answers["served_at"]).as_py() - EARLY, NAMED.field("served_at").type)
        by_id = pc.field("prediction").isin(answers["caller_id"].unique())
        came = _read(self.told, by_id & (pc.field("learned_at") >= since))
        rows = self.of_fresh(came.filter(came["caller_id"].is_null()), answers)
        return once(rows, _read(self.told, pc.field("prediction").isin(rows["prediction"].unique())))


def once(rows: pa.Table, known: pa.Table | None = None) -> pa.Table:
    """Each of `rows` once, without those that are among `known`."""
    known = STORED.empty_table() if known is None else known
    together = pa.concat_tables([known, rows])
    numbered = together.append_column("place", pa.array(np.arange(together.num_rows)))
    first = numbered.group_by(STORED.names).aggregate([("place", "min")])["place_min"]
    return together.take(first.filter(pc.greater_equal(first, known.num_rows)).sort())


def _under_ours(outcomes: pa.Table, which: Numbers, answers: pa.Table) -> pa.Table:
    """`outcomes[which]` for `answers`, a row each, in the order of `which`."""
    order: Numbers = np.argsort(which, kind="stable")
    at: Column = pa.array(which[order])
    rows, answers = outcomes.take(at), answers.take(order)
    own: Column = rows["prediction"]
    rows = rows.set_column(STORED.get_field_index("prediction"), "prediction", answers["id"])
    rows = rows.set_column(STORED.get_field_index("caller_id"), "caller_id", own)
    told_by = pc.add(rows["learned_at"], pa.scalar(EARLY, pa.duration("us")))
    return rows.filter(pc.less_equal(answers["served_at"], told_by)).cast(STORED)


def _read(told: Snapshot, condition: "ds.Expression") -> pa.Table:
    """The rows of a table of outcomes, which may be older than its last column."""
    found = with_original_names(told.dataset().to_table(filter=condition))
    return pa.concat_tables([STORED.empty_table(), found], promote_options="default").select(STORED.names)
