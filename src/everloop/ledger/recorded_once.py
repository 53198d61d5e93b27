"""An answer that was recorded again, under the same id, is the same answer."""

import numpy as np
import pyarrow as pa

from everloop.ledger.arrow import pc, table

ELSEWHERE = "elsewhere"  # the rung of answers that were recorded: their ids are their callers' own


def recorded_once(rows: pa.Table) -> pa.Table:
    """`rows` without those whose id stands in an earlier one; needs `id` and `rung`.

    Ids of our own answers never come twice, so only where some were recorded is there anything to look for.
    """
    if not pc.any(pc.equal(rows["rung"], ELSEWHERE), min_count=0).as_py():
        return rows
    if pc.count_distinct(rows["id"]).as_py() == rows.num_rows:
        return rows
    numbered = table({"id": rows["id"], "place": np.arange(rows.num_rows)})
    first = numbered.group_by("id").aggregate([("place", "min")])["place_min"]
    return rows.take(first.sort())
