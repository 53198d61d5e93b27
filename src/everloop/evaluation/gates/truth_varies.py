"""E006: the rows can tell a good model from a bad one."""

import numpy as np
import pyarrow as pa

from everloop.evaluation.case import Case
from everloop.evaluation.finding import finding
from everloop.evaluation.labels import codes_of
from everloop.records.verdict import Verdict

CHANCE = 0.001  # of such rows, if the world were as it was in training


class TruthVaries:
    """Holds back while all rows have one truth and the champion's training says that this is no chance.

    Outcomes of one class often come first: no complaint, no purchase. A model that always says so would look perfect.
    """

    code = "E006"

    def judge(self, case: Case) -> tuple[Verdict, ...]:
        """Says nothing without rows; never fails."""
        if not case.rows:
            return ()
        name, rows = "truths", case.rows
        if len(np.unique(case.truth)) > 1:
            return (finding(self.code, name, f"{rows:,} rows have different truths", rows=rows, found=0),)
        share = _share_of_only(case)
        only = case.classes[int(case.truth[0])] if case.classes else f"{case.truth[0]:g}"
        if share**rows >= CHANCE:
            told = f"all {rows:,} rows have the truth {only!r}, as may be by chance"
            return (finding(self.code, name, told, rows=rows, found=0),)
        told = (
            f"all {rows:,} rows have the truth {only!r}; in the champion's training {1 - share:.0%} had another: "
            "such outcomes may be on their way"
        )
        return (finding(self.code, name, told, rows=rows, found=None),)


def _share_of_only(case: Case) -> float:
    """How common the rows' only truth was in the champion's training; of numbers, that it was any one value."""
    learned = case.champion.learned[case.champion.signature.target].drop_null()
    if not len(learned):
        return 1.0
    if not case.classes:
        return float(np.mean(learned.cast(pa.float64()).to_numpy() == case.truth[0]))
    return float(np.mean(codes_of(learned, case.classes) == case.truth[0]))
