"""E007: the candidate learned from inputs such as requests bring."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as _compute

from everloop.evaluation.case import Case
from everloop.evaluation.contender import Contender
from everloop.evaluation.finding import finding
from everloop.ledger.inputs import cells_of, sent
from everloop.records.signature import Column
from everloop.records.verdict import Verdict

pc: Any = _compute
ENOUGH = 30  # requests, and training rows
DIFFERENT = 10  # values among them: one request that comes again and again is one request
MOST = 0.5  # of the requests: foreign to what it learned
FEW = 0.1  # foreign to what the champion learned
EDGES = (0.005, 0.995)  # quantiles that bound what was learned: a few outliers widen nothing
SOME = 0.5  # of the requests: have a value in a column that was empty in training


class LearnedWhatComes:
    """Fails a candidate to which most requests are foreign, in a column where they are not to the champion.

    Foreign is a number outside of nearly all that was learned from, or a category that was not among it: another unit,
    another code. It fails too where a column that requests fill, and the champion reads, was empty in its training
    window, and where it learned from a column that requests mostly lack, and the champion did not. No truth is needed.
    What is foreign to both is drift: a matter of the monitors, no reason against a refit.
    """

    code = "E007"

    def judge(self, case: Case) -> tuple[Verdict, ...]:
        """Says nothing before 30 requests."""
        traffic, name = case.material.traffic, "inputs"
        if traffic.num_rows < ENOUGH:
            return ()
        problems = [*_emptied(case.candidate, case.champion, traffic)]
        problems += _unsent(case.candidate, case.champion, traffic)
        problems += _foreign(case.candidate, case.champion, traffic)
        rows = traffic.num_rows
        if problems:
            reason = "; ".join(problems[:3])
            return (finding(self.code, name, reason, rows=rows, found=len(problems)),)
        told = f"its training window covers the inputs of the {rows:,} newest requests as the champion's does"
        return (finding(self.code, name, told, rows=rows, found=0),)


def _emptied(ours: Contender, theirs: Contender, traffic: pa.Table) -> Iterator[str]:
    brought = sent(traffic)
    for column in theirs.signature.columns:
        if column.name not in ours.learned.column_names or not ours.learned.num_rows:
            continue
        cells = ours.learned[column.name]
        empty = pc.all(pc.is_null(cells, nan_is_null=True)).as_py()
        if empty and brought.get(column.name, 0) >= SOME * traffic.num_rows:
            yield (
                f"{column.name!r} is empty in its whole training window, while requests bring it "
                "and the champion reads it"
            )


def _unsent(ours: Contender, theirs: Contender, traffic: pa.Table) -> Iterator[str]:
    for column in ours.signature.columns:
        lack = float(cells_of(traffic, column).null_count) / traffic.num_rows
        learned, other = _missing(ours, column) or 0.0, _missing(theirs, column)
        if lack - learned >= SOME and (other is None or lack - other < SOME):
            yield (
                f"it learned from {column.name!r}, which {lack:.0%} of the requests lack and {learned:.0%} of its "
                "training rows: is it known only later?"
            )


def _missing(contender: Contender, column: Column) -> float | None:
    """The share of training rows without a value; None where the model does not read the column."""
    read = {one.name for one in contender.signature.columns}
    if column.name not in read or column.name not in contender.learned.column_names:
        return None
    return float(pc.mean(pc.is_null(contender.learned[column.name], nan_is_null=True)).as_py() or 0.0)


def _foreign(ours: Contender, theirs: Contender, traffic: pa.Table) -> Iterator[str]:
    read = {column.name: column for column in theirs.signature.columns}
    for column in ours.signature.columns:
        other = read.get(column.name)
        if other is None or other.kind != column.kind or not _bounded(column):
            continue
        cells = cells_of(traffic, column).drop_null()
        if pc.count_distinct(cells).as_py() < DIFFERENT:
            continue
        share, learned = _outside(column, cells, ours)
        if share >= MOST and _outside(other, cells, theirs)[0] <= FEW:
            yield (
                f"{share:.0%} of the requests have a {column.name!r} outside of what it learned from ({learned}), "
                "and inside of what the champion did: another unit or another code?"
            )


def _bounded(column: Column) -> bool:
    """Whether anything can be foreign: no boolean is, nor a text where there were too many for the signature."""
    return column.kind == "number" or (column.kind == "category" and bool(column.categories))


def _outside(column: Column, cells: Any, contender: Contender) -> tuple[float, str]:  # noqa: ANN401 - Arrow
    """The share of `cells` that is foreign to the contender, and what it learned in words."""
    if column.kind == "category":
        known = pc.is_in(cells, value_set=pa.array(column.categories, pa.string()))
        first = ", ".join(map(repr, column.categories[:3]))
        return 1 - float(pc.mean(known).as_py()), f"{len(column.categories)} categories such as {first}"
    values = _numbers(contender.learned, column.name)
    if len(values) < ENOUGH:
        return 0.0, "few rows"
    low, high = np.quantile(values, EDGES)
    asked = np.asarray(cells, dtype=np.float64)
    return float(((asked < low) | (asked > high)).mean()), f"{low:g} to {high:g}"


def _numbers(table: pa.Table, name: str) -> npt.NDArray[np.float64]:
    if name not in table.column_names:
        return np.empty(0)
    values = pc.cast(table[name], pa.float64(), safe=False).drop_null().to_numpy()
    finite: npt.NDArray[np.float64] = values[np.isfinite(values)]
    return finite
