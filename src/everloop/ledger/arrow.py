"""Arrow's arrays and functions as types: its stubs know none that take plain and chunked arrays alike."""

from collections.abc import Mapping
from typing import Any

import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute

Column = Any  # pa.Array or pa.ChunkedArray
Numbers = npt.NDArray[Any]

pc: Any = pyarrow.compute


def table(columns: Mapping[str, Column]) -> pa.Table:
    """A table of these columns."""
    return pa.table(dict(columns))
