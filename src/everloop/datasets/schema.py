"""The schema of a dataset: inferred from its first rows, and how it grows by new categories."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import pyarrow as pa
import pyarrow.compute as _compute

from everloop.datasets.types import Column, field_type
from everloop.records.dataset import Field

pc: Any = _compute

FEWEST_ROWS = 20  # with fewer, what has not been seen says nothing
MOST_CATEGORIES = 1000
MOST_UNSEEN = 0.01  # the chance that the next row brings a text that no row has had


def infer_fields(rows: pa.Table) -> tuple[Field, ...]:
    """The fields of a dataset whose first rows these are.

    A text is a category if there are at least 20 rows, at most 1,000 different texts, and the chance that the next
    row brings an unseen one is at most 1 %: the share of texts that occur once (Good 1953). An identifier is none.
    Every field may hold nulls: that the first rows miss nothing does not say that later ones may not.
    """
    return tuple(_field(name, column) for name, column in zip(rows.column_names, rows.columns, strict=True))


def with_new_categories(fields: Iterable[Field], rows: pa.Table) -> tuple[Field, ...]:
    """The fields, their categories widened by the texts of `rows`. A field without categories stays so."""
    return tuple(
        replace(f, categories=tuple(sorted({*f.categories, *_texts(rows[f.name])}))) if f.categories else f
        for f in fields
    )


def _field(name: str, column: Column) -> Field:
    kind = field_type(column.type, name)
    return Field(name=name, type=kind, categories=_categories(column) if kind == "text" else ())


def _categories(column: Column) -> tuple[str, ...]:
    rows = len(column) - column.null_count
    if rows < FEWEST_ROWS:
        return ()
    counts = pc.value_counts(column.drop_null())
    if len(counts) > MOST_CATEGORIES:
        return ()
    once = pc.sum(pc.equal(counts.field("counts"), 1)).as_py()
    return tuple(sorted(counts.field("values").to_pylist())) if once <= MOST_UNSEEN * rows else ()


def _texts(column: Column) -> set[str]:
    return set(pc.unique(column.drop_null()).to_pylist())
