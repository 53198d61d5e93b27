"""Which columns of a table a model reads, and how."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Any

import pyarrow as pa
import pyarrow.compute as _compute

from everloop.errors import RecipeRefused, TrainingFailed
from everloop.records.recipe import RecipeRecord
from everloop.records.signature import Column

pc: Any = _compute

MOST_CATEGORIES = 1000  # a text with more different values is no category
IDENTIFIER_SHARE = 0.9  # a text of which so many are different is an identifier
FEWEST_FOR_IDENTIFIER = 20  # rows: a handful of texts are all different by chance
WHOLE_FLOAT32 = 2**24  # above it, 32-bit floats skip whole numbers


@dataclass(frozen=True, slots=True)
class Choice:
    """The columns a model reads, those it does not, and what a person should know of that, a line each."""

    columns: tuple[Column, ...]
    ignored: tuple[str, ...]
    notes: tuple[str, ...]


def choose_columns(
    record: RecipeRecord, table: pa.Table, *, wanted: Collection[str] = (), as_text: bool = False
) -> Choice:
    """The usable columns of `table`, or those that the recipe (else the pipeline, `wanted`) names, in its order.

    Categories are those of `table`. With `as_text` a category travels as its text, a missing one as "".
    Raises RecipeRefused for a named column that is not there or that no model reads, TrainingFailed when none
    is left.
    """
    named = record.features or tuple(wanted)
    _refuse_unknown(named, table, "features")
    _refuse_unknown(record.exclude, table, "exclude")
    columns: list[Column] = []
    notes: list[str] = []
    for name in table.column_names:
        if name == record.target.outcome or name in record.exclude:
            continue
        if named:
            if name in named:
                columns.append(_named(name, table[name], as_text=as_text))
        elif (why := _unusable(name, table[name], record, as_text=as_text)) is not None:
            notes.append(f"{name!r} is left out: {why}.")
        else:
            columns.append(_column(name, table[name], as_text=as_text))
    if not columns:
        raise TrainingFailed("No column is left to learn from. " + " ".join(notes[:5]))
    notes += [note for c in columns if (note := _precision_note(c.name, table[c.name]))]
    used = {c.name for c in columns}
    return Choice(tuple(columns), tuple(n for n in table.column_names if n not in used), tuple(notes))


def with_missing_of(columns: tuple[Column, ...], table: pa.Table) -> tuple[Column, ...]:
    """The columns, each nullable if `table` misses one of its values."""
    return tuple(replace(c, nullable=_missing(table[c.name]) > 0) for c in columns)


def _refuse_unknown(names: Collection[str], table: pa.Table, where: str) -> None:
    for name in names:
        if name not in table.column_names:
            raise RecipeRefused(
                f"The recipe's {where} name {name!r}, which the dataset does not have.",
                remedy=f"It has: {', '.join(table.column_names)[:300]}.",
            )


def _named(name: str, cells: Any, *, as_text: bool) -> Column:  # noqa: ANN401 - a pyarrow.ChunkedArray
    if _kind(cells.type) is None:
        raise RecipeRefused(
            f"{name!r} holds {cells.type}, which no model reads.", remedy="Make numbers or texts of it."
        )
    return _column(name, cells, as_text=as_text)


def _unusable(name: str, cells: Any, record: RecipeRecord, *, as_text: bool) -> str | None:  # noqa: ANN401
    kind = _kind(cells.type)
    if name == record.order_by:
        return "the rows are ordered by it"
    if kind is None:
        return f"it holds {cells.type}; name it in `features` once it is a number or a text"
    present = len(cells) - _missing(cells)
    if present == 0:
        return "it has no values"
    if kind != "category":
        return None
    different = pc.count_distinct(cells, mode="only_valid").as_py()
    if present >= FEWEST_FOR_IDENTIFIER and different > IDENTIFIER_SHARE * present:
        return f"nearly all of its texts differ ({different:,} of {present:,}), as an identifier's do"
    if different > MOST_CATEGORIES:
        return f"it has {different:,} different texts, more than {MOST_CATEGORIES:,}"
    return None


def _column(name: str, cells: Any, *, as_text: bool) -> Column:  # noqa: ANN401
    kind = _kind(cells.type)
    if kind == "boolean":
        return Column(name=name, kind="boolean", nullable=True)
    if kind == "number":
        return Column(name=name, kind="number", nullable=True)
    texts = {text for text in pc.unique(cells).to_pylist() if text is not None}
    known = tuple(sorted(texts)) if len(texts) <= MOST_CATEGORIES or not as_text else ()
    return Column(
        name=name, kind="category", nullable=True, categories=known, missing="" if as_text else None
    )


def _kind(kind: pa.DataType) -> str | None:
    is_ = pa.types
    if is_.is_dictionary(kind):
        return _kind(kind.value_type)
    if is_.is_boolean(kind):
        return "boolean"
    if is_.is_integer(kind) or is_.is_floating(kind) or is_.is_decimal(kind):
        return "number"
    if is_.is_string(kind) or is_.is_large_string(kind) or is_.is_string_view(kind):
        return "category"
    return None


def _missing(cells: Any) -> int:  # noqa: ANN401
    return int(pc.sum(pc.is_null(cells, nan_is_null=True)).as_py() or 0)


def _precision_note(name: str, cells: Any) -> str:  # noqa: ANN401
    if not pa.types.is_integer(cells.type):
        return ""
    ends = pc.min_max(cells).as_py()
    if ends["min"] is None or max(abs(ends["min"]), abs(ends["max"])) <= WHOLE_FLOAT32:
        return ""
    return f"{name!r} has whole numbers beyond {WHOLE_FLOAT32:,}: a model reads them rounded to 24 bits."
