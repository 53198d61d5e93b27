"""Evidence over several stretches of time, where a change may begin with any of them."""

from collections.abc import Sequence
from math import log

import numpy as np

from everloop.statistics.sequential.capital import log_sum


def log_restarted(log_values: Sequence[float]) -> float:
    """Logarithm of the evidence from the e-values of stretches that follow each other, oldest first.

    Capital won in one stretch is staked in the next, so e-values multiply. But a candidate that was good for a day and
    fails now has lost that capital: so a part of it, 1 / (s (s + 1)), is kept back until stretch s begins (the mixture
    over moments of change of Shin, Ramdas and Rinaldo 2024, E-detectors). Without stretches there is no evidence: 0.
    """
    if not log_values:
        return 0.0
    since = np.cumsum(np.asarray(log_values, dtype=np.float64)[::-1])[::-1]
    begins = [-log(s * (s + 1)) for s in range(1, len(log_values) + 1)]
    kept_back = -log(len(log_values) + 1)  # not staked yet
    return float(log_sum(np.append(since + begins, kept_back)))
