"""How a candidate and the champion scored on the rows so far: numbers for people and for a choice."""

import numpy as np
import numpy.typing as npt

from everloop.evaluation.case import Case
from everloop.evaluation.compare import Comparison
from everloop.evaluation.contender import Answers
from everloop.evidence.metrics import metric_named
from everloop.evidence.scored_rows import ScoredRows

SHARES = ("accuracy", "balanced_accuracy")  # told in percent


def gain(case: Case, metric: str) -> float | None:
    """In the metric's unit, above 0 where the candidate is better; None where they cannot be compared."""
    same = case.candidate.signature.task == case.champion.signature.task
    if case.reacts or not case.rows or not same:
        return None
    ours, theirs = case.answers(case.candidate), case.answers(case.champion)
    return Comparison(case=case, metric=metric, ours=ours, theirs=theirs, against="the champion").gain()


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
