"""Which rows of the ledger are looked at next, each of them once, and in which windows."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pyarrow as pa

from everloop.actions.context import Context
from everloop.clock import on_clock
from everloop.ledger.arrow import pc, table
from everloop.ledger.join import COLUMNS
from everloop.ledger.kept_finals import Answerer, KeptFinals
from everloop.ledger.labels import as_kind, common_kind
from everloop.ledger.ledger import Ledger
from everloop.records.endpoint import Endpoint
from everloop.records.monitor import MonitorStanding

SETTLED = timedelta(seconds=1)  # a row that was served so long ago is captured: none comes before it any more
MOST_ROWS = 50_000  # that are read at a time
MOST_WINDOWS = 8  # that are made of them: with more traffic windows are larger
TICK = timedelta(microseconds=1)
FINALS = KeptFinals()  # of the process, which looks again and again


@dataclass(frozen=True, slots=True)
class Slice:
    """Rows of one window, and where it ends: no row up to there is looked at again."""

    rows: pa.Table
    since: datetime
    upto: datetime
    upto_id: str


def waiting_inputs(context: Context, standing: MonitorStanding) -> pa.Table:
    """Id and time of the answers that are in no window yet, in their order. Cheap: no inputs are read."""
    heads = _ledger(context).predictions(standing.endpoint, columns=("id", "served_at"), since=standing.upto)
    return _after(
        heads, "served_at", standing.upto, standing.upto_id, context.clock.now() - _settled(context)
    )


def next_inputs(context: Context, standing: MonitorStanding) -> Iterator[Slice]:
    """The next windows of answers, with their inputs; none as long as there are too few rows."""
    least = context.settings.monitoring.window_rows
    heads = waiting_inputs(context, standing).slice(0, MOST_ROWS)
    if heads.num_rows < least:
        return
    last: datetime = heads["served_at"][-1].as_py()
    rows = _ledger(context).predictions(standing.endpoint, since=standing.upto, until=last + TICK)
    rows = rows.filter(pc.is_in(rows["id"], value_set=heads["id"].combine_chunks()))
    yield from _windows(rows.sort_by([("served_at", "ascending"), ("id", "ascending")]), "served_at", least)


def next_outcomes(context: Context, endpoint: Endpoint, standing: MonitorStanding) -> Iterator[Slice]:
    """The next windows of the champion's answers whose truth became final; none as long as there are too few.

    One whose truth was corrected later was looked at with its first truth, or is left out.
    """
    if _possible(context, endpoint, standing) < context.settings.monitoring.window_rows:
        return
    within = endpoint.target.within
    rows = _known(context, endpoint, standing) if within is None else _closed(context, endpoint, standing)
    upto = (standing.judged_upto, standing.judged_id)
    rows = _after(rows, "moment", *upto, context.clock.now() - _settled(context))
    yield from _windows(rows.slice(0, MOST_ROWS), "moment", context.settings.monitoring.window_rows)


def _known(context: Context, endpoint: Endpoint, standing: MonitorStanding) -> pa.Table:
    """Those of a target without a window: final since their truth is known. Costs what is new."""
    rows = FINALS.between(
        _ledger(context),
        Answerer(
            endpoint=endpoint.name,
            outcome=endpoint.target.outcome,
            version=standing.champion,
            since=standing.since,
        ),
        standing.judged_upto,
        context.clock.now() - _settled(context),
        least=context.settings.monitoring.window_rows,
    )
    kind = common_kind([(rows, "output"), (rows, "value")])
    output, truth = as_kind(rows, "output", kind), as_kind(rows, "value", kind)
    return table({"id": rows["id"], "moment": rows["learned_at"], "output": output, "truth": truth})


def _closed(context: Context, endpoint: Endpoint, standing: MonitorStanding) -> pa.Table:
    """Those of a target with a window: final since it closed."""
    assert endpoint.target.within is not None
    columns = dict.fromkeys((*COLUMNS, "model", "version"))
    since = max(standing.since, standing.judged_upto - endpoint.target.within - _settled(context))
    rows = _ledger(context).joined(endpoint.name, endpoint.target, columns=list(columns), since=since)
    rows = rows.filter(_judged(rows, standing))
    return rows.append_column("moment", rows["mature_at"])


def _possible(context: Context, endpoint: Endpoint, standing: MonitorStanding) -> int:
    """At most so many rows can have become final since: cheap to tell, so that most looks end here."""
    ledger, within = _ledger(context), endpoint.target.within
    if within is None:
        return ledger.learned(endpoint.name, endpoint.target.outcome, since=standing.judged_upto)
    since = max(standing.since, standing.judged_upto - within)
    until = context.clock.now() - within
    return ledger.predictions(endpoint.name, columns=("id",), since=since, until=until).num_rows


def _judged(rows: pa.Table, standing: MonitorStanding) -> Any:  # noqa: ANN401 - a column of flags
    champion = pc.and_(
        pc.equal(rows["model"], standing.champion.model), pc.equal(rows["version"], standing.champion.number)
    )
    first = pc.less_equal(pc.fill_null(rows["revision"], 1), 1)
    final = pc.and_(rows["mature"], pc.and_(rows["truth"].is_valid(), rows["output"].is_valid()))
    return pc.and_(champion, pc.and_(first, final))


def _after(rows: pa.Table, moment: str, upto: datetime, upto_id: str, until: datetime) -> pa.Table:
    """The rows after the one with this moment and id, up to `until`, in their order."""
    at, bound = rows[moment], pa.scalar(upto, rows.schema.field(moment).type)
    later = pc.or_(pc.greater(at, bound), pc.and_(pc.equal(at, bound), pc.greater(rows["id"], upto_id)))
    settled = pc.less_equal(at, pa.scalar(until, rows.schema.field(moment).type))
    kept = rows.filter(pc.and_(later, settled))
    return kept.sort_by([(moment, "ascending"), ("id", "ascending")])


def _windows(rows: pa.Table, moment: str, least: int) -> Iterator[Slice]:
    """Parts of `rows` of equal size, at least `least`; what is left over waits for the next look."""
    size = max(least, rows.num_rows // MOST_WINDOWS)
    for start in range(0, rows.num_rows - size + 1, size):
        part = rows.slice(start, size)
        ends = (part[moment][0].as_py(), part[moment][-1].as_py())
        yield Slice(part, *ends, part["id"][-1].as_py())


def _settled(context: Context) -> timedelta:
    """In the platform's time: it is the machine's that capturing takes."""
    return on_clock(context.clock, SETTLED)


def _ledger(context: Context) -> Ledger:
    return Ledger(context.tables, context.layout, context.clock)
