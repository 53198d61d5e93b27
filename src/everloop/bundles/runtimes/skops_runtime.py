"""scikit-learn estimators through skops: only types of our own list are built."""

import numpy as np

from everloop.bundles.runtime import Columns, Matrix, Output
from everloop.bundles.trusted import load_trusted
from everloop.errors import BundleRefused
from everloop.records.signature import Signature


class SkopsRuntime:
    """A fitted estimator."""

    def __init__(self, model: bytes, signature: Signature) -> None:
        self._estimator = load_trusted(model)
        self._names = [column.name for column in signature.columns]
        method = "predict_proba" if signature.task == "classification" else "predict"
        if not hasattr(self._estimator, method):
            raise BundleRefused(f"The stored {type(self._estimator).__name__} has no {method}.")
        self._answer = getattr(self._estimator, method)

    def predict(self, inputs: Matrix | Columns) -> Output:
        """Answer every row."""
        if isinstance(inputs, np.ndarray):
            return np.asarray(self._answer(inputs), dtype=np.float32)
        import pandas as pd

        frame = pd.DataFrame({name: inputs[name].reshape(-1) for name in self._names})
        return np.asarray(self._answer(frame), dtype=np.float32)
