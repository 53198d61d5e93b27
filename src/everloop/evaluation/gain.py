"""By how much a candidate scored better than the champion on the rows so far: a number for people and for a choice."""

from everloop.evaluation.case import Case
from everloop.evaluation.compare import Comparison


def gain(case: Case, metric: str) -> float | None:
    """In the metric's unit, above 0 where the candidate is better; None where they cannot be compared."""
    same = case.candidate.signature.task == case.champion.signature.task
    if case.reacts or not case.rows or not same:
        return None
    ours, theirs = case.answers(case.candidate), case.answers(case.champion)
    return Comparison(case=case, metric=metric, ours=ours, theirs=theirs, against="the champion").gain()
