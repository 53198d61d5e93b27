"""An interval by drawing the rows again, for what has no formula of its own."""

from collections.abc import Callable
from statistics import NormalDist

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.float64]
Statistic = Callable[[Numbers], Numbers]
AT_ONCE = 4_000_000  # weights in memory
LARGEST_JACKKNIFE = 2_000  # distinct rows: beyond it the correction for skewness is next to nothing

_NORMAL = NormalDist()


def bca(
    statistic: Statistic, counts: npt.ArrayLike, *, level: float = 0.95, draws: int = 2_000, seed: int = 0
) -> tuple[float, float]:
    """Bias-corrected and accelerated bootstrap interval (Efron 1987).

    `statistic` takes weights [draws, kinds], how often each kind of row was drawn, and answers a number a draw;
    `counts` says how many rows of each kind there are, all ones where every row is its own kind. Draws on which the
    statistic is not finite do not count. Two models on the same rows are compared by a statistic that is their
    difference: each draw gives both the same rows.
    """
    given = np.asarray(counts, dtype=np.float64)
    found = float(statistic(given[None, :])[0])
    drawn = _drawn(statistic, given, draws, seed)
    drawn = np.sort(drawn[np.isfinite(drawn)])
    if not drawn.size or drawn[0] == drawn[-1]:
        return found, found
    below = (np.sum(drawn < found) + np.sum(drawn <= found)) / (2 * drawn.size)
    bias = _NORMAL.inv_cdf(min(max(below, 0.5 / drawn.size), 1 - 0.5 / drawn.size))
    skew = _acceleration(statistic, given)

    def bound(side: float) -> float:
        z = bias + _NORMAL.inv_cdf(side)
        return float(np.quantile(drawn, _NORMAL.cdf(bias + z / (1 - skew * z))))

    return bound((1 - level) / 2), bound((1 + level) / 2)


def _drawn(statistic: Statistic, counts: Numbers, draws: int, seed: int) -> Numbers:
    chance, rows = np.random.default_rng(seed), int(counts.sum())
    part = max(1, AT_ONCE // len(counts))
    parts = [
        statistic(chance.multinomial(rows, counts / rows, size=min(part, draws - start)).astype(np.float64))
        for start in range(0, draws, part)
    ]
    return np.concatenate(parts)


def _acceleration(statistic: Statistic, counts: Numbers) -> float:
    """From leaving out one row of each kind in turn; 0 where there are too many kinds, or none matters."""
    kinds = np.flatnonzero(counts)
    if len(kinds) > LARGEST_JACKKNIFE:
        return 0.0
    without = statistic(counts - np.eye(len(counts))[kinds])
    times, without = counts[kinds][np.isfinite(without)], without[np.isfinite(without)]
    if not times.size:
        return 0.0
    apart = np.average(without, weights=times) - without
    spread = float((times * apart**2).sum())
    return 0.0 if spread == 0 else float((times * apart**3).sum()) / (6 * spread**1.5)
