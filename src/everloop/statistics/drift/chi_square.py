"""Whether the counts of cells differ between two samples: Pearson's test, and what keeps it honest in its far tail."""

import numpy as np
import numpy.typing as npt

from everloop.statistics.drift import shares

Counts = npt.NDArray[np.int64]
LEAST = 5  # that a cell must expect in either sample to stand alone


def pooled(
    reference: npt.ArrayLike, current: npt.ArrayLike, *, least: float = LEAST, rest: bool = False
) -> tuple[Counts, Counts]:
    """The cells with those that expect fewer than `least` put together, in the last place.

    With `rest` the last cell holds what has no cell of its own, and always goes to these. What is rare is told from
    both samples together, so that choosing favours neither.

    >>> pooled([900, 90, 10], [90, 10, 0])
    (array([900, 100]), array([90, 10]))
    """
    before, after = np.asarray(reference, np.int64), np.asarray(current, np.int64)
    both = before + after
    expected = both * (min(before.sum(), after.sum()) / max(both.sum(), 1))
    rare = expected < least
    rare[-1] |= rest
    if rare.any() and not rare.all() and expected[rare].sum() < least:
        rare[np.where(rare, np.inf, expected).argmin()] = True  # together they are still rare
    if not rare.any():
        return before, after
    return np.append(before[~rare], before[rare].sum()), np.append(after[~rare], after[rare].sum())


def statistic(reference: npt.ArrayLike, current: npt.ArrayLike) -> float:
    """Pearson's chi-square of two samples over the same cells; empty cells count for nothing.

    >>> round(statistic([50, 50], [30, 10]), 3)
    7.292
    """
    before, after = np.asarray(reference, np.float64), np.asarray(current, np.float64)
    both, rows = before + after, before.sum() + after.sum()
    expected = both[both > 0] * (after.sum() / rows)
    return float(((after[both > 0] - expected) ** 2 / expected).sum() * rows / before.sum())


def p_value(reference: npt.ArrayLike, current: npt.ArrayLike) -> float:
    """How often two samples of one population differ so much in their cells.

    The chi-square distribution is an approximation that breaks in the far tail, where decisions are made; so no p is
    smaller than that of the cell that differs most by the exact test of shares, times the number of cells.
    """
    before, after = np.asarray(reference, np.int64), np.asarray(current, np.int64)
    filled = before + after > 0
    cells = int(filled.sum())
    if cells < 2:
        return 1.0
    from scipy.special import chdtrc  # scipy is slow to import

    together = float(chdtrc(cells - 1, statistic(before, after)))
    rows, current_rows = int(before.sum()), int(after.sum())
    pairs = zip(before[filled].tolist(), after[filled].tolist(), strict=True)
    alone = cells * min(shares.p_value(b, rows, a, current_rows) for b, a in pairs)
    return min(1.0, max(together, alone))
