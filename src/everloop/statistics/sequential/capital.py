"""The core of the tests by betting: the capital of a mixture of bets, from counts of values on a lattice."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.float64]
STEPS = 40  # of a bisection: a millionth of a millionth of its range


@dataclass(frozen=True, slots=True)
class Block:
    """How often each possible value was seen. The least and largest of `points` bound what could be seen."""

    points: Numbers  # [values], or [..., values] where runs have lattices of their own
    counts: Numbers  # [..., values]; any leading shape, so that simulations judge many runs at once

    def mirrored(self) -> "Block":
        """The same rows with the sign turned."""
        return Block(-self.points, self.counts)

    def repeated(self, times: float) -> "Block":
        """The same rows, so many times."""
        return Block(self.points, self.counts * times)


@cache
def stakes() -> tuple[Numbers, Numbers]:
    """Shares of the largest stake that cannot lose everything, and the logarithm of the trust in each.

    From one in ten thousand, for rare events and tiny effects, to all but everything, each a third larger than the one
    before. The larger have more trust: they decide soon or lose soon, and small ones have time. A tenth goes to the
    largest, which wins where no row ever speaks against it, as between two models that answer alike.
    """
    shares = np.minimum(np.geomspace(1e-4, 1.0, 33), 1 - 1e-6)
    trust = 0.9 * np.sqrt(shares) / np.sqrt(shares).sum()
    trust[-1] += 0.1
    return shares, np.log(trust)


def log_capital(blocks: Sequence[Block], null: npt.ArrayLike) -> Numbers:
    """Logarithm of the capital won against 'the mean is at most `null`'.

    A stake f turns 1 into 1 - f + f (x - low) / (null - low) for a row with value x that cannot be below `low`: at
    most 1 in expectation under the null, and falling in `null`, so that a bound is found by bisection. The product over
    rows needs only the counts; the mean over stakes is capital too (Waudby-Smith and Ramdas 2024, Estimating means of
    bounded random variables by betting; mixtures: Robbins 1970, and Howard, Ramdas, McAuliffe and Sekhon 2021).
    """
    shares, log_trust = stakes()
    grown = 0.0
    for block in blocks:
        low = block.points.min(axis=-1, keepdims=True)
        gains = (block.points - low) / np.maximum(np.asarray(null)[..., None] - low, 1e-300)
        growth = np.log1p(shares[:, None] * (gains[..., None, :] - 1))  # [..., stakes, values]
        if growth.ndim == 2:
            grown = grown + block.counts @ growth.T
        else:
            grown = grown + (growth * block.counts[..., None, :]).sum(axis=-1)
    return log_sum(grown + log_trust)


def lower_bound(blocks: Sequence[Block], alpha: float) -> float:
    """The largest mean that is refuted as 'at most this' at error `alpha`, at every moment."""
    low = max(float(block.points.min()) for block in blocks)
    high = min(float(block.points.max()) for block in blocks)
    return largest_refuted(lambda null: float(log_capital(blocks, null)), low, high, alpha)


def largest_refuted(log_e: Callable[[float], float], low: float, high: float, alpha: float) -> float:
    """Where a falling `log_e` crosses 1 / alpha between `low` and `high`; `low` where it is nowhere that high."""
    wanted = -np.log(alpha)
    for _ in range(STEPS):
        middle = (low + high) / 2
        if log_e(middle) >= wanted:
            low = middle
        else:
            high = middle
    return low


def log_sum(values: Numbers) -> Numbers:
    """Logarithm of the sum of exponentials along the last axis."""
    largest = values.max(axis=-1, keepdims=True)
    summed: Numbers = np.log(np.exp(values - largest).sum(axis=-1)) + largest[..., 0]
    return summed
