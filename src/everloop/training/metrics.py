"""How good a version is on the rows that its fit has not seen."""

import warnings

import numpy as np
import numpy.typing as npt

from everloop.bundles.runtime import Output
from everloop.training.labels import Labels


def score(labels: Labels, rows: npt.NDArray[np.int64], output: Output) -> dict[str, float]:
    """Metrics of `output`, the answers for `rows`: a metric that these rows do not define is left out."""
    truth = labels.values[rows]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # classes that are absent among the scored rows
        found = _classification(labels, truth, output) if labels.classes else _regression(truth, output)
    return {name: float(value) for name, value in found.items() if np.isfinite(value)}


def _classification(labels: Labels, truth: npt.NDArray[np.generic], output: Output) -> dict[str, float]:
    from sklearn import metrics

    known = np.unique(labels.values)
    codes = np.searchsorted(known, truth)
    probabilities = output.astype(np.float64)
    probabilities = np.clip(probabilities / probabilities.sum(axis=1, keepdims=True), 0, 1)  # after rounding
    answers = probabilities.argmax(axis=1)
    found = {
        "accuracy": metrics.accuracy_score(codes, answers),
        "balanced_accuracy": metrics.balanced_accuracy_score(codes, answers),
        "f1_macro": metrics.f1_score(codes, answers, average="macro"),
        "log_loss": metrics.log_loss(codes, probabilities, labels=np.arange(len(known))),
    }
    if len(known) == 2 and len(np.unique(codes)) == 2:
        found["roc_auc"] = metrics.roc_auc_score(codes, probabilities[:, 1])
    return found


def _regression(truth: npt.NDArray[np.generic], output: Output) -> dict[str, float]:
    from sklearn import metrics

    answers = output.astype(np.float64)
    found = {
        "mae": metrics.mean_absolute_error(truth, answers),
        "rmse": metrics.root_mean_squared_error(truth, answers),
    }
    if len(truth) > 1:
        found["r2"] = metrics.r2_score(truth, answers)
    return found
