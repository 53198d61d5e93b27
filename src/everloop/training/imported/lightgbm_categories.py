"""What LightGBM keeps of a pandas frame that it learned from: names, and the categories of its text columns."""

from collections.abc import Sequence
from typing import Any

import pyarrow as pa


def invented(names: Sequence[str]) -> bool:
    """Whether LightGBM made these names up.

    >>> invented(["Column_0", "Column_1"])
    True
    """
    return all(name == f"Column_{place}" for place, name in enumerate(names))


def pandas_categories(booster: Any, names: Sequence[str], rows: pa.Table) -> dict[str, list[str]]:  # noqa: ANN401
    """The categories in the order of their codes, by the columns that hold texts in `rows`.

    The booster knows them by the order of its category columns alone: none where these are not as many.
    """
    kept = booster.pandas_categorical or []
    texts = [name for name in names if _is_text(rows.schema.field(name).type)]
    if len(kept) != len(texts):
        return {}
    return {name: [str(text) for text in known] for name, known in zip(texts, kept, strict=True)}


def _is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def as_in_rows(names: Sequence[str], columns: Sequence[str]) -> tuple[str, ...]:
    """The names as the rows have them: LightGBM writes a space as `_`.

    >>> as_in_rows(["mean_area"], ["mean area", "kind"])
    ('mean area',)
    """
    spaced = {name.replace(" ", "_"): name for name in columns}
    return tuple(name if name in columns else spaced.get(name, name) for name in names)
