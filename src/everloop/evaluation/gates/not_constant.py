"""E004: the candidate looks at its inputs."""

import numpy as np
import pyarrow as pa

from everloop.errors import EverloopError
from everloop.evaluation.case import Case
from everloop.evaluation.contender import Contender
from everloop.evaluation.finding import finding
from everloop.evaluation.scored import Scored, score
from everloop.records.verdict import Verdict

SAMPLE = 500  # of the rows it learned from
ENOUGH = 30  # served rows: of fewer, all may lie where a good model says one and the same


class NotConstant:
    """Fails a candidate that says the same to all rows, of its training or served, where the champion does not."""

    code = "E004"

    def judge(self, case: Case) -> tuple[Verdict, ...]:
        """Never undecided: the rows that it learned from are always there."""
        name = "constant answers"
        own = _spread_out(case.candidate.learned)
        if _constant(_scored(case.candidate, own)) and not _constant(_scored(case.champion, own)):
            told = f"it says the same to {own.num_rows:,} of the rows that it learned from, the champion does not"
            return (finding(self.code, name, told, rows=own.num_rows, found=1),)
        enough = case.rows >= ENOUGH
        if enough and _constant(case.candidate.scored) and not _constant(case.champion.scored):
            told = f"it says the same to all {case.rows:,} served rows, the champion does not"
            return (finding(self.code, name, told, rows=case.rows, found=1),)
        rows = case.rows if enough else own.num_rows
        return (finding(self.code, name, f"its answers to {rows:,} rows differ", rows=rows, found=0),)


def _spread_out(learned: pa.Table) -> pa.Table:
    """Rows from all over the table."""
    places = np.unique(np.linspace(0, max(0, learned.num_rows - 1), SAMPLE).astype(np.int64))
    return learned.take(places[: learned.num_rows])


def _scored(contender: Contender, rows: pa.Table) -> Scored | None:
    """None where the model cannot take such rows, as an older one may not."""
    if not {column.name for column in contender.signature.columns} <= set(rows.column_names):
        return None
    try:
        return score(contender.bundle, rows)
    except EverloopError:
        return None


def _constant(scored: Scored | None) -> bool:
    if scored is None:
        return False
    values = scored.values[scored.answered]
    return len(values) > 1 and bool((np.ptp(values, axis=0) <= 1e-6 * np.abs(values).max()).all())
