"""How a candidate and the champion scored on the rows so far: numbers for people and for a choice."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from everloop.evaluation.case import Case
from everloop.evaluation.compare import Comparison
from everloop.evaluation.contender import Answers
from everloop.evidence.gain_in_words import SHARES
from everloop.evidence.metrics import metric_named
from everloop.evidence.scored_rows import ScoredRows


@dataclass(frozen=True, slots=True, kw_only=True)
class Gain:
    """By how much the candidate is better, in the metric's unit, with the interval that holds at every look.

    An end that is not known is None. It is shown where all of the interval lies above 0.
    """

    value: float
    low: float | None = None
    high: float | None = None

    @property
    def is_shown(self) -> bool:
        """Whether it is more than chance."""
        return self.low is not None and self.low > 0


def gain(case: Case, metric: str) -> Gain | None:
    """None where they cannot be compared."""
    same = case.candidate.signature.task == case.champion.signature.task
    if case.reacts or not case.rows or not same:
        return None
    ours, theirs = case.answers(case.candidate), case.answers(case.champion)
    compared = Comparison(case=case, metric=metric, ours=ours, theirs=theirs, against="the champion")
    value = compared.gain()
    if value is None:
        return None
    interval = compared.no_worse(0.0)
    return Gain(value=value, low=interval.low, high=interval.high)


def levels(case: Case, metric: str) -> tuple[str, str] | None:
    """The scores of candidate and champion in words, such as `84.1 %`; None where they cannot be compared.

    Both on the rows that both answered.
    """
    if gain(case, metric) is None:
        return None
    ours, theirs = case.answers(case.candidate), case.answers(case.champion)
    both = ours.given & theirs.given
    found = [_level(case, metric, answers, both) for answers in (ours, theirs)]
    told = [_in_words(value, metric) for value in found if value is not None]
    return (told[0], told[1]) if len(told) == len(found) else None


def _level(case: Case, metric: str, answers: Answers, rows: npt.NDArray[np.bool_]) -> float | None:
    chances = None if answers.probabilities is None else answers.probabilities[rows]
    scored = ScoredRows(
        answers=answers.values[rows],
        truth=case.truth[rows],
        probabilities=chances,
        classes=len(case.classes),
    )
    estimate = metric_named(metric).estimate(scored)
    return None if estimate is None else estimate.value


def _in_words(value: float, metric: str) -> str:
    return f"{100 * value:.1f} %" if metric in SHARES else f"{value:.4g}"
