"""Many tests at once: which of them to believe.

Each function takes one value a hypothesis and answers one flag a hypothesis, in their order: refuted, or not.
"""

import numpy as np
import numpy.typing as npt

Flags = npt.NDArray[np.bool_]


def benjamini_hochberg(p_values: npt.ArrayLike, rate: float) -> Flags:
    """At most `rate` of what it refutes is refuted wrongly, in the mean, where tests are independent or rise together.

    Benjamini and Hochberg 1995: the largest k whose k-th smallest value is at most k rate / m, and all up to it.

    >>> benjamini_hochberg([0.001, 0.4, 0.03, 0.02], 0.05).tolist()
    [True, False, True, True]
    """
    values = np.asarray(p_values, dtype=np.float64)
    return _step_up(values, rate * np.arange(1, values.size + 1) / max(values.size, 1))


def benjamini_yekutieli(p_values: npt.ArrayLike, rate: float) -> Flags:
    """The same promise however the tests depend on each other (Benjamini and Yekutieli 2001)."""
    values = np.asarray(p_values, dtype=np.float64)
    return benjamini_hochberg(
        values, rate / (1 / np.arange(1, values.size + 1)).sum() if values.size else rate
    )


def holm(p_values: npt.ArrayLike, alpha: float) -> Flags:
    """The chance that *any* is refuted wrongly is at most `alpha`, however they depend on each other (Holm 1979).

    >>> holm([0.001, 0.4, 0.03, 0.02], 0.05).tolist()
    [True, False, False, False]
    """
    values = np.asarray(p_values, dtype=np.float64)
    order = np.argsort(values, kind="stable")
    refuted = np.zeros(values.size, dtype=np.bool_)
    refuted[order] = np.logical_and.accumulate(values[order] <= alpha / np.arange(values.size, 0, -1))
    return refuted


def e_benjamini_hochberg(e_values: npt.ArrayLike, rate: float) -> Flags:
    """The same promise as Benjamini and Hochberg's, from e-values, however they depend on each other.

    Wang and Ramdas 2022, False discovery rate control with e-values. Sequential e-values may be looked at at any time.

    >>> e_benjamini_hochberg([100.0, 1.0, 50.0, 0.2], 0.05).tolist()
    [True, False, True, False]
    """
    with np.errstate(divide="ignore"):
        return benjamini_hochberg(1 / np.asarray(e_values, dtype=np.float64), rate)


def _step_up(values: npt.NDArray[np.float64], limits: npt.NDArray[np.float64]) -> Flags:
    kept = np.flatnonzero(np.sort(values) <= limits)
    refuted: Flags = values <= (np.sort(values)[kept[-1]] if kept.size else -np.inf)
    return refuted
