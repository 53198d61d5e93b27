"""The classes of an imported model, as the truth will name them."""

from collections.abc import Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as _compute

from everloop.errors import InvalidRequest
from everloop.records.signature import Label

pc: Any = _compute
CLASSES = "Name them in the model's order: --classes A,B,C (in Python `classes=`)."
SHOWN = 8


def resolved(
    found: Sequence[Label], *, count: int, declared: Sequence[str], rows: pa.Table | None, target: str
) -> tuple[Label, ...]:
    """The classes in the model's order, of the type that the truth has.

    `found` are those that the file names, `declared` those that a person does. Raises InvalidRequest where neither
    does, where their number is not `count`, or where the truths in `rows` are others.
    """
    classes: tuple[Label, ...] = _read(declared) if declared else tuple(found)
    if not classes:
        raise InvalidRequest(
            f"The model has {count} classes, and its file does not name them.", remedy=CLASSES
        )
    if len(classes) != count:
        raise InvalidRequest(
            f"The model has {count} classes, and {len(classes)} are named: {_shown(classes)}.", remedy=CLASSES
        )
    if len(set(classes)) < len(classes):
        raise InvalidRequest(f"A class is named twice: {_shown(classes)}.", remedy=CLASSES)
    return classes if rows is None or target not in rows.column_names else _as_truth(classes, rows[target])


def _read(texts: Sequence[str]) -> tuple[Label, ...]:
    """Whole numbers where all are, else texts."""
    stripped = [text.strip() for text in texts]
    if all(text.lstrip("-").isdecimal() for text in stripped):
        return tuple(int(text) for text in stripped)
    return tuple(stripped)


def _as_truth(classes: tuple[Label, ...], truth: Any) -> tuple[Label, ...]:  # noqa: ANN401 - a pyarrow.ChunkedArray
    if pa.types.is_boolean(truth.type):
        classes = tuple(_boolean(label) for label in classes)
    elif pa.types.is_string(truth.type) and all(isinstance(c, int) for c in classes):
        classes = tuple(str(c) for c in classes)
    elif pa.types.is_integer(truth.type) and all(_is_whole(c) for c in classes):
        classes = tuple(int(c) for c in classes)
    known = [value for value in pc.unique(truth).to_pylist() if value is not None]
    if known and not set(known) & set(classes):
        raise InvalidRequest(
            f"The model's classes are {_shown(classes)}, the truths in the rows {_shown(known)}.",
            remedy=CLASSES,
        )
    return classes


def _boolean(label: Label) -> Label:
    return {"0": False, "1": True, "false": False, "true": True}.get(str(label).lower(), label)


def _is_whole(label: Label) -> bool:
    return (
        isinstance(label, int)
        or (isinstance(label, float) and label.is_integer())
        or (isinstance(label, str) and label.lstrip("-").isdecimal())
    )


def _shown(labels: Sequence[Label]) -> str:
    more = ", ..." if len(labels) > SHOWN else ""
    return ", ".join(repr(label) for label in labels[:SHOWN])[:200] + more
