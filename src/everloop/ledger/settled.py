"""Outcomes that came, to outcomes that count: repeats are one, corrections are numbered, conflicts are set aside."""

import numpy as np
import pyarrow as pa

from everloop.ledger.arrow import Column, pc, table
from everloop.ledger.outcome_rows import OUTCOMES
from everloop.ledger.sql import run

COUNTING = ("counts", "correction")  # a tuple: making an Arrow array here would import pandas


def settled(received: pa.Table) -> pa.Table:
    """`received` (rows of `outcomes/<endpoint>`, in their order) with `standing`, and the revision of each.

    `standing` is `counts` for the first of its prediction and name, `correction` for a later revision with another
    value, `duplicate` for one that says nothing new, `conflict` for another value under a revision that was there.
    `happened_at` is when it was first learned where the caller did not say.
    """
    if received.num_rows == 0:
        return received.append_column("standing", pa.array([], pa.string()))
    found = run("settle", {"received": _plain(received)})
    happened = pc.coalesce(received["happened_at"], received["learned_at"])
    return (
        received.set_column(OUTCOMES.get_field_index("happened_at"), "happened_at", happened)
        .set_column(OUTCOMES.get_field_index("revision"), "revision", found["revision"])
        .append_column("standing", found["standing"])
    )


def that_count(outcomes: pa.Table) -> pa.Table:
    """Those of the settled outcomes that count, corrected ones among them: the history."""
    return outcomes.filter(pc.is_in(outcomes["standing"], value_set=pa.array(COUNTING)))


def microseconds(moments: Column) -> Column:
    """Times as numbers: DuckDB needs an extension for zones."""
    return moments.cast(pa.int64())


def _plain(received: pa.Table) -> pa.Table:
    return table(
        {
            "place": np.arange(received.num_rows),
            **{name: received[name] for name in ("prediction", "name", "source", "revision")},
            **{kind: received[f"value.{kind}"] for kind in ("number", "text", "boolean")},
            "happened": microseconds(received["happened_at"]),
            "learned": microseconds(received["learned_at"]),
        }
    )
