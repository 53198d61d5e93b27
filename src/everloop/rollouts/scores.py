"""How good an answer to one row is: metrics that are a mean over rows, so that rows can be compared one by one."""

from collections.abc import Callable, Mapping
from typing import Any, Literal

import numpy as np
import pyarrow as pa

from everloop.errors import InvalidRequest
from everloop.ledger.arrow import Column, Numbers, pc

Task = Literal["classification", "regression"]
Score = Callable[[Any, Any], Numbers]  # of answers and truths; higher is better, NaN where nobody knows


def _right(answers: Column, truth: Column) -> Numbers:
    """1 for a right answer, 0 for a wrong one and for none at all."""
    right: Numbers = np.asarray(pc.cast(pc.fill_null(pc.equal(answers, truth), False), pa.float64()))
    return right


def _near(answers: Column, truth: Column) -> Numbers:
    apart: Numbers = _floats(answers) - _floats(truth)
    return -np.abs(apart)


def _near_squared(answers: Column, truth: Column) -> Numbers:
    apart: Numbers = _floats(answers) - _floats(truth)
    return -(apart * apart)


SCORES: Mapping[Task, Mapping[str, Score]] = {
    "classification": {"accuracy": _right},
    "regression": {"mae": _near, "mse": _near_squared},
}
"""For each task its metrics, the one that counts where none is named first."""


def score_of(metric: str, task: Task) -> Score:
    """The score behind a metric; raises InvalidRequest for one that no rollout can be judged by."""
    known = SCORES[task]
    score = known.get(metric or next(iter(known)))
    if score is None:
        raise InvalidRequest(
            f"A rollout of a {task} cannot be judged by {metric!r}, which is no mean over rows.",
            remedy=f"Choose one of: {', '.join(known)}.",
        )
    return score


def _floats(column: Column) -> Numbers:
    """As numbers, NaN where there is none."""
    floats: Numbers = np.asarray(pc.cast(column, pa.float64()))
    return floats
