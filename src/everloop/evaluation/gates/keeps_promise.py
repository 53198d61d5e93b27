"""E009: on served rows the candidate is about as good as its own test said."""

from dataclasses import dataclass

import numpy as np

from everloop.evaluation.case import Case
from everloop.evaluation.contender import Contender
from everloop.evaluation.finding import finding
from everloop.records.verdict import Verdict
from everloop.statistics.sequential.moments import Moments
from everloop.statistics.sequential.rate import Rate

ERROR = 0.001  # of a wrong fail, however often it is looked at
LESS_RIGHT = 0.1  # accuracy that it loses beyond what the champion loses
MORE_WRONG = 1.5  # times the error that it had, beyond what the champion's grew by


@dataclass(frozen=True, slots=True)
class Kept:
    """The score of the test, and the bounds of the same score on served rows."""

    promised: float
    low: float
    high: float
    value: float


class KeepsPromise:
    """Fails a candidate that does far worse on served rows than on the rows that its own run kept from the fit.

    Then its training knew something that requests do not bring, or its rows lay on both sides of the split. The world
    may also have moved since: that hits the champion too, so only what goes beyond the champion's own loss counts.
    """

    code = "E009"

    def judge(self, case: Case) -> tuple[Verdict, ...]:
        """Says nothing where there is no score to compare with, nor of truths that are reactions."""
        ours, theirs = _kept(case, case.candidate), _kept(case, case.champion)
        if ours is None or theirs is None or case.reacts:
            return ()
        name, rows = "promise of its test", case.rows
        told = (
            f"its test said {ours.promised:.3g}, {rows:,} served rows say {ours.value:.3g} "
            f"({ours.low:.3g} to {ours.high:.3g}); the champion's say {theirs.promised:.3g} and {theirs.value:.3g}"
        )
        if case.classes:
            limit = LESS_RIGHT
            found = ours.promised - ours.high - max(0.0, theirs.promised - theirs.low)
        else:
            limit = MORE_WRONG
            found = ours.low / ours.promised / max(1.0, theirs.high / theirs.promised)
        if found > limit:
            told = f"{told}: what it learned from, inputs or truth, is not what is served"
        return (finding(self.code, name, told, rows=rows, found=found, limit=limit),)


def _kept(case: Case, contender: Contender) -> Kept | None:
    promised = contender.metrics.get("accuracy" if case.classes else "mae")
    given = contender.scored.answered
    if promised is None or not given.any() or (not case.classes and promised <= 0):
        return None
    answers, truth = case.answers(contender).values[given], case.truth[given]
    state: Rate | Moments
    if case.classes:
        state = Rate(hits=int((answers == truth).sum()), rows=len(truth))
    else:
        state = Moments.of(np.abs(answers - truth))
    low, high = state.lower(ERROR), state.upper(ERROR)
    if not np.isfinite([low, high]).all():
        return None
    return Kept(promised, low, high, float(state.mean or 0.0))
