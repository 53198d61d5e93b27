"""Two models, row by row: by how much the one scored better, as a state that sequential tests take."""

import numpy as np
import numpy.typing as npt

from everloop.evaluation.case import Case
from everloop.evaluation.contender import Answers
from everloop.statistics.sequential.mean_state import MeanState
from everloop.statistics.sequential.moments import Moments
from everloop.statistics.sequential.sign_counts import SignCounts

Numbers = npt.NDArray[np.float64]


def differences(case: Case, metric: str, ours: Answers, theirs: Answers) -> Numbers:
    """By how much `ours` is better than `theirs`, a row each, in the metric's unit."""
    return _scores(case, ours) - _scores(case, theirs)


def state_of(values: Numbers) -> MeanState:
    """The differences as a state: signs where they are all -1, 0 or 1, else moments."""
    if np.isin(values, (-1.0, 0.0, 1.0)).all():
        return SignCounts.of(values)
    return Moments.of(values)


def _scores(case: Case, answers: Answers) -> Numbers:
    if case.classes:
        return ((answers.values == case.truth) & answers.given).astype(np.float64)
    losses: Numbers = np.abs(answers.values - case.truth)
    return -losses
