"""A fitted estimator and the contract it answers under."""

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np

from everloop.bundles.runtime import Columns, Matrix, Output
from everloop.records.signature import Signature
from everloop.training.estimator import Estimator


@dataclass(frozen=True, slots=True)
class Fitted:
    """What training made. `answer` is the truth that every stored form is measured against."""

    estimator: Estimator
    signature: Signature

    def answer(self, inputs: Matrix | Columns) -> Output:
        """The outputs for encoded rows, by the estimator itself."""
        rows = as_estimator_rows(inputs, self.signature)
        method = "predict_proba" if self.signature.task == "classification" else "predict"
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # unknown categories, feature names
            output = getattr(self.estimator, method)(rows)
        return np.asarray(output, dtype=np.float32)


def as_estimator_rows(inputs: Matrix | Columns, signature: Signature) -> Any:  # noqa: ANN401 - array or frame
    """The matrix itself, or a pandas frame with one column for each."""
    if isinstance(inputs, np.ndarray):
        return inputs
    import pandas as pd

    names = [column.name for column in signature.columns]
    return pd.DataFrame(
        {name: pd.Series(inputs[name].reshape(-1), dtype=inputs[name].dtype) for name in names}
    )
