"""E008: what the candidate learned from is there when it is asked."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as _compute

from everloop.evaluation.alone import Alone, Numbers, learn, skill
from everloop.evaluation.case import Case
from everloop.evaluation.finding import finding
from everloop.evaluation.labels import codes_of
from everloop.ledger.inputs import cells_of
from everloop.records.signature import Column
from everloop.records.verdict import Verdict

pc: Any = _compute
Cells = Any  # of Arrow
SAMPLE = 20_000  # of the rows that it learned from
FEWEST = 40  # rows that it learned from: of fewer, half tell nothing
NEARLY_ALL = 0.95  # of the truth that one input tells alone
COLLAPSED = 0.5  # of it, on served rows: then it was known only after the fact
ENOUGH = 100  # served rows with a truth
MOSTLY = 0.5  # of the training rows have it
MISSING = 0.5  # more of the requests lack it than of the training rows


class NoLeak:
    """Fails a candidate that learned from an input which gives the truth away in training, and does not when served.

    An input that tells nearly all of the truth alone is looked at again where it was served: there it is missing, or
    says little, if it was written down after the outcome. Where it still tells nearly all, it is just a good input.
    """

    code = "E008"

    def judge(self, case: Case) -> tuple[Verdict, ...]:
        """Undecided while such an input was not yet seen on enough served rows."""
        name, rows = "leak", case.rows
        leaks: list[str] = []
        waiting: list[str] = []
        for column, alone, share in _telling(case):
            missing = _more_missing(case, column)
            left = _left(case, column, alone)
            first = f"{column.name!r} alone tells {share:.0%} of the truth in training"
            if missing >= MISSING:
                leaks.append(f"{first}, and is missing in {missing:.0%} more of the requests")
            elif left is None:
                waiting.append(f"{first}: served rows must show that it does so there")
            elif left < COLLAPSED:
                leaks.append(f"{first}, and {max(left, 0):.0%} in {rows:,} served rows")
        if leaks:
            reason = (
                f"{'; '.join(leaks[:3])}: it was written down after the outcome; leave it out of the recipe"
            )
            return (finding(self.code, name, reason, rows=rows, found=len(leaks)),)
        if waiting:
            more, reason = max(1, ENOUGH - rows), "; ".join(waiting[:3])
            return (finding(self.code, name, reason, rows=rows, found=None, more_rows=more),)
        told = f"no input tells {NEARLY_ALL:.0%} of the truth in training and less when served"
        return (finding(self.code, name, told, rows=rows, found=0),)


def _telling(case: Case) -> Iterator[tuple[Column, Alone, float]]:
    """The inputs that tell nearly all of the truth on the one half of the training rows, learned from the other."""
    table, truth = _sample(case)
    if len(truth) < FEWEST:
        return
    odd = np.arange(len(truth)) % 2 == 1
    classes = len(case.classes)
    for column in case.candidate.signature.columns:
        if column.name not in table.column_names:
            continue
        cells: Cells = table[column.name].combine_chunks()
        alone = learn(column, cells.filter(pa.array(~odd)), truth[~odd], classes)
        told = _where_present(alone, cells.filter(pa.array(odd)), truth[odd], classes)
        if told is not None and told >= NEARLY_ALL:
            yield column, alone, told


def _where_present(alone: Alone, cells: Cells, truth: Numbers, classes: int) -> float | None:
    """What it tells on the rows that have it, if most do."""
    present = np.asarray(pc.invert(pc.is_null(cells, nan_is_null=True)))
    if present.mean() < MOSTLY:
        return None
    return skill(alone.answer(cells.filter(pa.array(present))), truth[present], classes)


def _sample(case: Case) -> tuple[pa.Table, Numbers]:
    """Rows from all over the training window that have a truth, in a mixed order that is always the same."""
    learned = case.candidate.learned
    known = learned.filter(pc.invert(pc.is_null(learned[case.candidate.signature.target], nan_is_null=True)))
    places = np.random.default_rng(0).permutation(known.num_rows)[:SAMPLE]
    table = known.take(places)
    target = table[case.candidate.signature.target]
    if not case.classes:
        return table, np.asarray(pc.cast(target, pa.float64(), safe=False), dtype=np.float64)
    codes = codes_of(target, case.classes)
    return table.filter(pa.array(codes >= 0)), codes[codes >= 0].astype(np.float64)


def _more_missing(case: Case, column: Column) -> float:
    """How much larger the share of requests that lack it is than that of training rows; 0 without requests."""
    traffic, learned = case.material.traffic, case.candidate.learned[column.name]
    if not traffic.num_rows:
        return 0.0
    here = float(cells_of(traffic, column).null_count) / traffic.num_rows
    return here - float(pc.mean(pc.is_null(learned, nan_is_null=True)).as_py())


def _left(case: Case, column: Column, alone: Alone) -> float | None:
    """What it tells of the truth on served rows; None while they are too few to say."""
    if case.rows < ENOUGH:
        return None
    return skill(alone.answer(cells_of(case.material.rows, column)), case.truth, len(case.classes))
