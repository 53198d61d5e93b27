"""The columns that an imported model takes, out of rows like those that it takes."""

from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as _compute

from everloop.errors import InvalidRequest
from everloop.records.signature import Column
from everloop.training.columns import MOST_CATEGORIES

pc: Any = _compute
LIKE = "Give rows like those that it takes: --like DATASET or --like FILE (in Python `like=`)."
FEATURES = "Name the columns that it takes, in its order: --features A,B,C (in Python `features=`)."


def chosen_names(
    rows: pa.Table | None, *, count: int, target: str, features: Sequence[str], known: Sequence[str]
) -> tuple[str, ...]:
    """The names of `count` columns in the model's order, from the person, the model's file, or the rows.

    Raises InvalidRequest, which says how to name them.
    """
    names = tuple(features) or tuple(known)
    if not names and rows is None:
        raise InvalidRequest(
            f"The model takes {count:,} columns, and its file does not name them.", remedy=LIKE
        )
    if not names and rows is not None:
        names = tuple(name for name in rows.column_names if name != target)
    if len(names) != count:
        raise InvalidRequest(
            f"The model takes {count:,} columns, and there are {len(names):,} beside the target: "
            f"{', '.join(names)[:200]}.",
            remedy=FEATURES,
        )
    if target in names:
        raise InvalidRequest(
            f"The model takes {target[:80]!r}, its own target, as a column.", remedy=FEATURES
        )
    if len(set(names)) < len(names):
        raise InvalidRequest("A column is named twice.", remedy=FEATURES)
    if rows is not None and (absent := [name for name in names if name not in rows.column_names]):
        raise InvalidRequest(
            f"The rows have no column {absent[0][:80]!r}, which the model takes.",
            remedy=f"They have: {', '.join(rows.column_names)[:200]}.",
        )
    return names


def columns_like(
    rows: pa.Table,
    names: Sequence[str],
    *,
    as_text: bool,
    categories: Mapping[str, Sequence[str]] | None = None,
) -> tuple[Column, ...]:
    """The columns in this order, with the kinds that they have in `rows`.

    A category's codes are its place in `categories`, or else among the rows' own texts, sorted. Raises InvalidRequest
    for a column that no model reads.
    """
    known = categories or {}
    return tuple(_column(name, rows[name], as_text=as_text, known=known.get(name)) for name in names)


def coded(columns: Sequence[Column], known: Mapping[str, Sequence[str]] | None = None) -> str:
    """A line for people about categories whose codes were assumed; empty where there are none."""
    assumed = [c for c in columns if c.kind == "category" and c.name not in (known or {})]
    if not assumed:
        return ""
    first = assumed[0]
    shown = ", ".join(f"{place} is {text!r}" for place, text in enumerate(first.categories[:3]))
    return (
        f"Texts are given to the model as codes, their places in sorted order: of {first.name!r} {shown}. "
        "If it was taught other codes, import a model that takes texts."
    )


def _column(name: str, cells: Any, *, as_text: bool, known: Sequence[str] | None) -> Column:  # noqa: ANN401
    is_ = pa.types
    kind = cells.type
    nullable = bool(pc.any(pc.is_null(cells, nan_is_null=True)).as_py())
    if is_.is_boolean(kind):
        return Column(name=name, kind="boolean", nullable=nullable)
    if is_.is_integer(kind) or is_.is_floating(kind):
        return Column(name=name, kind="number", nullable=nullable)
    if not (is_.is_string(kind) or is_.is_large_string(kind)):
        raise InvalidRequest(
            f"{name!r} holds {kind}, which no model reads.", remedy=f"Leave it out. {FEATURES}"
        )
    texts = sorted(text for text in pc.unique(cells).to_pylist() if text is not None)
    if len(texts) > MOST_CATEGORIES and not as_text and known is None:
        raise InvalidRequest(
            f"{name!r} has {len(texts):,} different texts, more than {MOST_CATEGORIES:,}: they are no codes.",
            remedy=f"Leave it out. {FEATURES}",
        )
    shown = tuple(known) if known is not None else tuple(texts) if len(texts) <= MOST_CATEGORIES else ()
    return Column(
        name=name, kind="category", nullable=nullable, categories=shown, missing="" if as_text else None
    )
