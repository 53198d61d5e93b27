"""How good the answers were before and after each turning point."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import pyarrow as pa
import pyarrow.compute as _compute

from everloop.evidence.estimate import Estimate
from everloop.evidence.estimates import accuracy, mean_absolute_error
from everloop.statistics.intervals import difference
from everloop.workspace.happenings import Happening

pc: Any = _compute
CHANGES = ("deployed", "promoted")  # of who answers
POINTS = ("promoted", "refused", "rolled back", "alert")


@dataclass(frozen=True, slots=True, kw_only=True)
class TurningPoint:
    """One happening, with the quality of the champion's newest answers before it, and of its next ones.

    An estimate is None where no truth of such an answer is known. `gain` is by how much the later ones are better:
    they are other rows, so that it also tells what the world did.
    """

    happening: Happening
    before: Estimate | None
    after: Estimate | None
    gain: Estimate | None = None


def turning_points(
    rows: pa.Table,
    happenings: Sequence[Happening],
    task: Literal["classification", "regression"],
    *,
    window: int,
) -> tuple[TurningPoint, ...]:
    """Of promotions, refusals, rollbacks and alerts; `rows` is `LedgerView.joined`, `window` rows at most on each side.

    A window is of one champion's answers: of the one that answered before, and of the one that answers after.
    """
    known = rows.filter(pc.and_(rows["mature"], pc.and_(rows["truth"].is_valid(), rows["output"].is_valid())))
    known = known.sort_by([("served_at", "ascending"), ("id", "ascending")])
    reigns = [h for h in happenings if h.kind in CHANGES]
    found = []
    for happening in happenings:
        if happening.kind not in POINTS:
            continue
        before = _before(known, happening, [r for r in reigns if r.sequence < happening.sequence], window)
        upto = next((r for r in reigns if r.sequence > happening.sequence), None)
        since = [r for r in reigns if r.sequence <= happening.sequence]
        after = _after(known, happening, since, upto, window)
        was, became = _estimate(before, task), _estimate(after, task)
        found.append(TurningPoint(happening=happening, before=was, after=became, gain=_gain(was, became)))
    return tuple(found)


def _before(known: pa.Table, point: Happening, reigns: Sequence[Happening], window: int) -> pa.Table:
    rows = known.filter(pc.less(known["served_at"], _moment(known, point)))
    rows = _of(rows, reigns[-1].champion if reigns else "")
    return rows.slice(max(0, rows.num_rows - window))


def _after(
    known: pa.Table, point: Happening, reigns: Sequence[Happening], upto: Happening | None, window: int
) -> pa.Table:
    rows = known.filter(pc.greater_equal(known["served_at"], _moment(known, point)))
    if upto is not None:
        rows = rows.filter(pc.less(rows["served_at"], _moment(known, upto)))
    return _of(rows, reigns[-1].champion if reigns else "").slice(0, window)


def _of(rows: pa.Table, version: str) -> pa.Table:
    model, _, number = version.rpartition("@")
    if not number.isdigit():
        return rows.slice(0, 0)
    return rows.filter(pc.and_(pc.equal(rows["model"], model), pc.equal(rows["version"], int(number))))


def _moment(rows: pa.Table, point: Happening) -> Any:  # noqa: ANN401 - a pyarrow scalar
    return pa.scalar(point.at, rows.schema.field("served_at").type)


def _estimate(rows: pa.Table, task: str) -> Estimate | None:
    if task == "classification":
        return accuracy(rows["output"], rows["truth"])
    found = mean_absolute_error(rows["output"], rows["truth"])
    return None if found is None else replace(found, metric="mae")


def _gain(before: Estimate | None, after: Estimate | None) -> Estimate | None:
    if before is None or after is None:
        return None
    value, (low, high) = (
        after.value - before.value,
        difference(after.value, (after.low, after.high), before.value, (before.low, before.high)),
    )
    if before.metric != "accuracy":  # of errors, less is better
        value, low, high = -value, -high, -low
    return Estimate(
        metric=before.metric,
        value=value,
        low=low,
        high=high,
        rows=before.rows + after.rows,
        level=before.level,
        method="newcombe",
    )
