"""LightGBM's own text format, on one thread."""

import numpy as np

from everloop.bundles.runtime import Columns, Matrix, Output
from everloop.errors import BundleRefused
from everloop.records.signature import Signature

FIRST_LINE = b"tree\n"
SIZES = "tree_sizes="


class LightGBMRuntime:
    """A booster read from its text. It takes the matrix layout."""

    def __init__(self, model: bytes, signature: Signature) -> None:
        import lightgbm

        if not model.startswith(FIRST_LINE) or signature.layout != "matrix":
            raise BundleRefused("The file is not a LightGBM model in text form, over one matrix.")
        try:
            self._booster = lightgbm.Booster(model_str=_without_sizes(model.decode()))
        except (lightgbm.basic.LightGBMError, UnicodeDecodeError, ValueError) as error:
            raise BundleRefused(f"LightGBM does not load it: {str(error).splitlines()[0]}") from error
        if self._booster.num_feature() != len(signature.columns):
            raise BundleRefused("The LightGBM model's features are not those of the signature.")
        self._binary = signature.task == "classification" and self._booster.num_model_per_iteration() == 1

    def predict(self, inputs: Matrix | Columns) -> Output:
        """Answer every row."""
        output = np.asarray(self._booster.predict(inputs, num_threads=1), dtype=np.float32)
        return np.stack([1 - output, output], axis=1) if self._binary else output


def _without_sizes(text: str) -> str:
    """The text without the trees' sizes in it, which LightGBM trusts: a false one ends the whole process."""
    return "".join(line for line in text.splitlines(keepends=True) if not line.startswith(SIZES))
