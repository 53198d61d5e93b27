"""How many rows more until a test decides, if they are like those so far."""

from collections.abc import Callable
from math import ceil

from everloop.statistics.sequential.mean_state import MeanState, threshold

MOST = 1_000_000  # beyond it nobody waits


def rows_above(state: MeanState, null: float, alpha: float, most: int = MOST) -> int | None:
    """Rows more until 'the mean is at most `null`' is refuted; 0 where it is, None where `most` would not do.

    The rows so far are taken to come again and again. That is the middle of what may happen, not a promise: half of the
    time it takes longer.
    """
    return _rows(lambda times: state.log_e_above(null, times=times), state.rows, alpha, most)


def rows_below(state: MeanState, null: float, alpha: float, most: int = MOST) -> int | None:
    """Rows more until 'the mean is at least `null`' is refuted; 0 where it is, None where `most` would not do."""
    return _rows(lambda times: state.log_e_below(null, times=times), state.rows, alpha, most)


def _rows(log_e: Callable[[float], float], rows: int, alpha: float, most: int) -> int | None:
    """Bisection in the number of rows, whose logarithm is what matters."""
    wanted = threshold(alpha)
    if not rows:
        return None
    if log_e(1.0) >= wanted:
        return 0
    too_few, enough = 1.0, (rows + most) / rows
    if log_e(enough) < wanted:
        return None
    while (enough - too_few) * rows > 1:
        middle = (too_few + enough) / 2
        too_few, enough = (too_few, middle) if log_e(middle) >= wanted else (middle, enough)
    return ceil((enough - 1) * rows)
