"""Numbers with their intervals: how good answers were, and how sure that is."""

from typing import Any

import numpy as np
import numpy.typing as npt

from everloop.evidence.estimate import LEVEL, Estimate
from everloop.statistics.intervals import student, wilson

Flags = npt.NDArray[np.bool_]


def accuracy(answers: npt.ArrayLike, truth: npt.ArrayLike, *, level: float = LEVEL) -> Estimate | None:
    """The share of answers that equal their truth. Rows without an answer or a truth do not count.

    None where no row does. Takes arrays of one length, Arrow's too.

    >>> accuracy(["cat", "dog", None], ["cat", "cat", "dog"]).value
    0.5
    """
    given, true, both = _pairs(answers, truth)
    rows = int(both.sum())
    return (
        None
        if rows == 0
        else proportion(int((given[both] == true[both]).sum()), rows, "accuracy", level=level)
    )


def mean_absolute_error(
    answers: npt.ArrayLike, truth: npt.ArrayLike, *, level: float = LEVEL
) -> Estimate | None:
    """The mean distance of answers from their truth, with Student's interval, never below 0.

    Rows without an answer or a truth do not count. None for fewer than two rows: of one nobody knows the spread.
    """
    given, true, both = _pairs(answers, truth)
    errors = np.abs(given[both].astype(np.float64) - true[both].astype(np.float64))
    if len(errors) < 2:
        return None
    low, high = student(errors, level)
    return Estimate(
        metric="mean absolute error",
        value=float(errors.mean()),
        low=max(0.0, low),
        high=high,
        rows=len(errors),
        level=level,
        method="student",
    )


def proportion(successes: int, rows: int, metric: str, *, level: float = LEVEL) -> Estimate:
    """A share with Wilson's score interval (1927), which holds its level also near 0 and 1. Needs a row."""
    low, high = wilson(successes, rows, level)
    return Estimate(metric=metric, value=successes / rows, low=low, high=high, rows=rows, level=level)


def _pairs(answers: npt.ArrayLike, truth: npt.ArrayLike) -> tuple[npt.NDArray[Any], npt.NDArray[Any], Flags]:
    given, true = _array(answers), _array(truth)
    return given, true, _present(given) & _present(true)


def _array(values: npt.ArrayLike) -> npt.NDArray[Any]:
    """Numbers as they are; texts and mixtures as objects, so that None stays None."""
    found = np.asarray(values)
    return found if found.dtype.kind in "biufO" else np.asarray(values, dtype=object)


def _present(values: npt.NDArray[Any]) -> Flags:
    if values.dtype.kind == "f":
        numbers: Flags = ~np.isnan(values)
        return numbers
    if values.dtype.kind == "O":
        return np.array([value is not None and value == value for value in values], dtype=bool)  # noqa: PLR0124 - NaN
    return np.ones(len(values), dtype=bool)
