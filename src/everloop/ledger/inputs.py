"""Captured inputs as a bundle takes them: each column as a request would bring it to this signature."""

from typing import Any

import pyarrow as pa
import pyarrow.compute as _compute

from everloop.records.signature import Column, Signature

pc: Any = _compute
Cells = Any  # pa.Array or pa.ChunkedArray

_TYPES: dict[str, pa.DataType] = {"number": pa.float64(), "boolean": pa.bool_(), "category": pa.string()}
KINDS = (*_TYPES, "ignored")  # the prefixes of inputs in the ledger
_NUMBER = r"^-?\d+(\.\d+)?([eE][+-]?\d+)?$"  # as JSON writes it


def inputs_of(rows: pa.Table, signature: Signature) -> pa.Table:
    """The columns of `signature` out of the ledger's `rows`, null where a request did not bring one.

    What another model ignored was captured as text, and is read in this one's kind. A value that was captured in
    another kind (a text where this model takes a number) is null: a request with it would have been refused.
    """
    return pa.table({column.name: cells_of(rows, column) for column in signature.columns})


def names_of(column: Column) -> tuple[str, str]:
    """The columns of the ledger that may hold this input: as this model takes it, and as one that ignored it did."""
    return f"{column.kind}.{column.name}", f"ignored.{column.name}"


def cells_of(rows: pa.Table, column: Column) -> Cells:
    """One input, in the type of its kind."""
    kind: Any = _TYPES[column.kind]
    own, ignored = names_of(column)
    cells = rows[own].cast(kind) if own in rows.column_names else pa.nulls(rows.num_rows, kind)
    if ignored not in rows.column_names:
        return cells
    return pc.coalesce(cells, _read(rows[ignored], column.kind))


def sent(rows: pa.Table) -> dict[str, int]:
    """How many of `rows` brought each input, by its name alone."""
    counts: dict[str, int] = {}
    for name in rows.column_names:
        kind, dot, bare = name.partition(".")
        if dot and kind in KINDS:
            counts[bare] = counts.get(bare, 0) + rows.num_rows - rows[name].null_count
    return counts


def _read(text: Cells, kind: str) -> Cells:
    if kind == "category":
        return text.cast(pa.string())
    if kind == "boolean":
        known = pc.is_in(text, value_set=pa.array(["true", "false"]))
        return pc.if_else(known, pc.equal(text, "true"), None)
    return pc.if_else(pc.match_substring_regex(text, _NUMBER), text, None).cast(pa.float64())
