"""Which rows fit a model, and which score it."""

from typing import Any

import numpy as np
import numpy.typing as npt

Rows = npt.NDArray[np.int64]


def random_split(strata: npt.NDArray[Any] | None, rows: int, share: float, seed: int) -> tuple[Rows, Rows]:
    """Row numbers to fit and to score, in rising order, chosen by the seed.

    With `strata`, each of its values gives its share to the test; one that has a single row stays in the fit,
    so that the model knows every class.
    """
    chance = np.random.default_rng(seed)
    groups = [np.arange(rows)] if strata is None else [np.flatnonzero(strata == s) for s in np.unique(strata)]
    test = [chance.permutation(group)[: _part(len(group), share)] for group in groups]
    return _both(np.concatenate(test), rows)


def last_rows_split(order: npt.NDArray[Any] | None, rows: int, share: float) -> tuple[Rows, Rows]:
    """Row numbers to fit and to score: the latest are scored. Without `order`, rows lie in order of time.

    Rows of one time stay in their own order.
    """
    by_time = np.arange(rows) if order is None else np.argsort(order, kind="stable")
    return _both(by_time[rows - _part(rows, share) :], rows)


def _part(rows: int, share: float) -> int:
    """How many of `rows` are scored: at least one if two are there, never all."""
    return min(max(round(rows * share), 1), rows - 1) if rows > 1 else 0


def _both(test: Rows, rows: int) -> tuple[Rows, Rows]:
    scored = np.zeros(rows, dtype=bool)
    scored[test] = True
    return np.flatnonzero(~scored), np.flatnonzero(scored)
