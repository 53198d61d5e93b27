"""The audited rows of a ledger."""

from datetime import timedelta
from typing import Any

import pyarrow as pa

from everloop.actions.context import Context
from everloop.ledger.arrow import pc
from everloop.ledger.inputs import inputs_of
from everloop.ledger.join import COLUMNS
from everloop.ledger.ledger import Ledger
from everloop.monitoring.audit import audited
from everloop.records.endpoint import Endpoint
from everloop.records.signature import Signature


def lacking(
    context: Context, endpoint: Endpoint, signature: Signature, share: float, newest: int
) -> pa.Table:
    """The newest audited answers that have no outcome and are not mature without one, the oldest of them first."""
    ledger = Ledger(context.tables, context.layout, context.clock)
    rows = ledger.joined(endpoint.name, endpoint.target, columns=[*COLUMNS, "error"])
    open_ = pc.and_(rows["truth"].is_null(), pc.and_(rows["outcome"].is_null(), rows["error"].is_null()))
    rows = rows.filter(open_)
    rows = of_audit(endpoint, rows, share)
    rows = rows.sort_by([("served_at", "ascending"), ("id", "ascending")])
    rows = rows.slice(max(0, rows.num_rows - newest))
    if rows.num_rows == 0:
        return _listed(endpoint, rows.select(["id", "served_at", "output"]), inputs_of(rows, signature))
    ends = rows["served_at"][0].as_py(), rows["served_at"][-1].as_py() + timedelta(microseconds=1)
    whole = ledger.predictions(endpoint.name, since=ends[0], until=ends[1])
    whole = whole.filter(pc.is_in(whole["id"], value_set=rows["id"].combine_chunks()))
    whole = whole.sort_by([("served_at", "ascending"), ("id", "ascending")])
    return _listed(endpoint, whole, inputs_of(whole, signature))


def of_audit(endpoint: Endpoint, rows: pa.Table, share: float) -> pa.Table:
    """Those of `rows`, answers with their `id`, that belong to the audit."""
    ids: list[Any] = rows["id"].to_pylist()
    return rows.filter(pa.array(audited(endpoint.salt, ids, share), pa.bool_()))


def _listed(endpoint: Endpoint, rows: pa.Table, inputs: pa.Table) -> pa.Table:
    listed = rows.select(["id", "served_at"]).append_column(
        endpoint.target.outcome, pa.nulls(rows.num_rows, pa.string())
    )
    listed = listed.append_column("answer", rows["output"])
    for name in inputs.column_names:
        listed = listed.append_column(f"input.{name}", inputs[name])
    return listed
