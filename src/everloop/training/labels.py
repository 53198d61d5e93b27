"""The target's values as an estimator takes them."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as _compute

from everloop.errors import TrainingFailed
from everloop.records.signature import Label
from everloop.training.task import MOST_CLASSES, Kind

pc: Any = _compute

Values = npt.NDArray[Any]


@dataclass(frozen=True, slots=True)
class Labels:
    """What is learned, one a row. `classes` are in order, none for a regression; booleans are 0 and 1."""

    values: Values
    classes: tuple[Label, ...]


def labels_of(target: "pa.ChunkedArray[Any]", name: str, task: Kind) -> Labels:
    """The labels of rows that all have one; raises TrainingFailed where nothing can be learned from them."""
    cells: Any = target.combine_chunks()
    if pa.types.is_dictionary(cells.type):
        cells = cells.dictionary_decode()
    if len(cells) == 0:
        raise TrainingFailed(f"No row has a value in {name!r}.", remedy="Add rows with a known target.")
    return _classes(cells, name) if task == "classification" else Labels(_numbers(cells, name), ())


def _numbers(cells: Any, name: str) -> Values:  # noqa: ANN401 - a pyarrow.Array
    if not (
        pa.types.is_integer(cells.type) or pa.types.is_floating(cells.type) or pa.types.is_decimal(cells.type)
    ):
        raise TrainingFailed(
            f"{name!r} holds {cells.type}: a regression learns numbers.",
            remedy='Say task="classification", or make it a number.',
        )
    values: Values = pc.cast(cells, pa.float64(), safe=False).to_numpy(zero_copy_only=False)
    if not np.isfinite(values).all():
        raise TrainingFailed(f"{name!r} is infinite in some row.", remedy="Leave such rows out.")
    if (values == values[0]).all():
        raise TrainingFailed(f"{name!r} is {values[0]} in every row: there is nothing to learn.")
    return values


def _classes(cells: Any, name: str) -> Labels:  # noqa: ANN401 - a pyarrow.Array
    values = _as_labels(cells, name)
    classes = np.unique(values)
    if len(classes) < 2:
        raise TrainingFailed(
            f"{name!r} is {classes[0]!s} in every row: there is nothing to learn.",
            remedy="A classification needs rows of at least two classes.",
        )
    if len(classes) > MOST_CLASSES or (len(classes) > 20 and len(classes) > len(values) / 2):
        raise TrainingFailed(
            f"{name!r} has {len(classes):,} different values in {len(values):,} rows: they are no classes.",
            remedy='Say task="regression" for a number, or choose another target.',
        )
    boolean = pa.types.is_boolean(cells.type)
    return Labels(values, tuple(bool(c) if boolean else c for c in classes.tolist()))


def _as_labels(cells: Any, name: str) -> Values:  # noqa: ANN401 - a pyarrow.Array
    if pa.types.is_boolean(cells.type) or pa.types.is_integer(cells.type):
        values: Values = pc.cast(cells, pa.int64()).to_numpy(zero_copy_only=False)
        return values
    if pa.types.is_floating(cells.type) or pa.types.is_decimal(cells.type):
        numbers: Values = pc.cast(cells, pa.float64(), safe=False).to_numpy(zero_copy_only=False)
        if not np.isfinite(numbers).all() or (numbers != np.floor(numbers)).any():
            raise TrainingFailed(
                f"{name!r} holds fractions: they are no classes.", remedy='Say task="regression".'
            )
        return numbers.astype(np.int64)
    return np.asarray(cells.to_pylist(), dtype=np.str_)
