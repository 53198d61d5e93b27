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
    texts = [name for name in names if pa.types.is_string(rows.schema.field(name).type)]
    if len(kept) != len(texts):
        return {}
    return {name: [str(text) for text in known] for name, known in zip(texts, kept, strict=True)}
