"""What every sequential state of a mean answers."""

from math import exp, inf, log
from typing import Protocol


class MeanState(Protocol):
    """Sufficient statistics of rows whose mean is asked for; frozen, so that folding makes a new one."""

    @property
    def rows(self) -> int:
        """How many rows it rests on."""
        ...

    @property
    def mean(self) -> float | None:
        """The present estimate; None without rows."""
        ...

    @property
    def method(self) -> str:
        """Which test this is: its name in verdicts."""
        ...

    def log_e_above(self, null: float, *, times: float = 1.0) -> float:
        """Logarithm of the evidence against 'the mean is at most `null`', as if the rows had come so many times."""
        ...

    def log_e_below(self, null: float, *, times: float = 1.0) -> float:
        """Logarithm of the evidence against 'the mean is at least `null`', as if the rows had come so many times."""
        ...

    def lower(self, alpha: float) -> float:
        """A bound that is, at any moment, above the true mean with a chance of at most `alpha`."""
        ...

    def upper(self, alpha: float) -> float:
        """A bound that is, at any moment, below the true mean with a chance of at most `alpha`."""
        ...


def e_value(state: MeanState, null: float) -> float:
    """The evidence against 'the mean is `null`': half of it was staked on either side."""
    largest, least = sorted((state.log_e_above(null), state.log_e_below(null)), reverse=True)
    if largest > 700:  # as far as a float's exponent goes
        return inf
    return (exp(largest) + exp(least)) / 2


def interval(state: MeanState, level: float) -> tuple[float, float]:
    """Where the mean is: a confidence sequence's interval, right at all moments together in `level` of all runs."""
    alpha = (1 - level) / 2
    return state.lower(alpha), state.upper(alpha)


def threshold(alpha: float) -> float:
    """What the logarithm of an e-value reaches with a chance of at most `alpha` while its null holds."""
    return log(1 / alpha)
