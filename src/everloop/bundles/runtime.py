"""What every stored model can do, whatever its format."""

from collections.abc import Mapping
from typing import Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt

Matrix = npt.NDArray[np.float32]  # (rows, columns of the signature), C order
Columns = Mapping[str, npt.NDArray[np.generic]]  # name to (rows, 1), float32 or object of str
Output = npt.NDArray[np.float32]  # (rows,) values, or (rows, classes) probabilities


class Runtime(Protocol):
    """A loaded model. One thread at a time."""

    def predict(self, inputs: Matrix | Columns) -> Output:
        """Answer every row. Takes a matrix or columns, as the signature's layout says."""
        ...


@runtime_checkable
class PackedRuntime(Runtime, Protocol):
    """A model over a matrix that also takes rows as the data plane packs them, without an array made of them."""

    def predict_packed(self, rows: bytes, count: int) -> Output:
        """Answer `count` rows of little-endian float32, one after the other.

        The next call may overwrite the answer.
        """
        ...
