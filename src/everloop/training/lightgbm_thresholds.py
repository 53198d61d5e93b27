"""LightGBM's thresholds as 32-bit floats that split 32-bit inputs exactly as the 64-bit ones do.

ONNX holds thresholds in 32 bits. Rounded to the nearest, one may come to lie at or above an input that was above
it, and the row takes the other branch. Rounded down, it cannot: for a 32-bit x, x <= t just if x <= down(t).
"""

import copy

import numpy as np
import numpy.typing as npt

from everloop.training.estimator import Estimator

THRESHOLDS = "threshold="
SIZES = "tree_sizes="  # in bytes of text: no longer true, and not needed


def down_to_float32(values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """The largest 32-bit floats that are not above `values`.

    >>> float(down_to_float32(np.array([0.1]))[0]) <= 0.1 < float(np.float32(0.1))
    True
    """
    nearest = values.astype(np.float32)
    below = np.nextafter(nearest, np.float32(-np.inf))
    return np.where(nearest.astype(np.float64) > values, below, nearest).astype(np.float64)


def with_float32_thresholds(model: Estimator) -> Estimator:
    """A copy of a fitted LightGBM estimator that answers every 32-bit row as `model` does."""
    import lightgbm

    twin = copy.copy(model)
    twin._Booster = lightgbm.Booster(model_str=float32_text(model.booster_.model_to_string()))
    return twin


def float32_text(text: str) -> str:
    """The text of a model with such thresholds, and without the sizes that are no longer true."""
    lines = text.splitlines(keepends=True)
    return "".join(_rounded(line) for line in lines if not line.startswith(SIZES))


def _rounded(line: str) -> str:
    if not line.startswith(THRESHOLDS) or line.strip() == THRESHOLDS:
        return line
    values = np.array(line.removeprefix(THRESHOLDS).split(), dtype=np.float64)
    return THRESHOLDS + " ".join(repr(float(v)) for v in down_to_float32(values)) + "\n"
