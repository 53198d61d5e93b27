"""Labels of several models and of the ledger, which may write one class in different types, as one."""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from everloop.records.signature import Label

Codes = npt.NDArray[np.int64]  # places in a tuple of classes; -1: none of them


def as_text(label: Label) -> str:
    """The label as all its ways of writing have it in common.

    >>> as_text(True), as_text(7), as_text(7.0), as_text("7")
    ('true', '7', '7', '7')
    """
    if isinstance(label, bool):
        return "true" if label else "false"
    if isinstance(label, float) and label.is_integer():
        return str(int(label))
    return str(label)


def all_classes(
    models: Iterable[Sequence[Label]], truth: "pa.ChunkedArray[Any] | None" = None
) -> tuple[str, ...]:
    """The classes that any model knows, in their order, then those that only the truth has."""
    known = dict.fromkeys(as_text(label) for classes in models for label in classes)
    if truth is None:
        return tuple(known)
    seen = sorted(as_text(value) for value in truth.unique().to_pylist() if value is not None)
    return tuple(dict.fromkeys((*known, *seen)))


def codes_of(labels: "pa.ChunkedArray[Any]", classes: Sequence[str]) -> Codes:
    """The place of each label in `classes`, -1 for a missing one and for one that is not there."""
    encoded: Any = labels.combine_chunks()
    if not pa.types.is_dictionary(encoded.type):
        encoded = encoded.dictionary_encode()
    places = {name: place for place, name in enumerate(classes)}
    of_values = [-1 if v is None else places.get(as_text(v), -1) for v in encoded.dictionary.to_pylist()]
    indices = encoded.indices.fill_null(len(of_values)).to_numpy(zero_copy_only=False)
    found: Codes = np.asarray([*of_values, -1], dtype=np.int64)[indices]
    return found
