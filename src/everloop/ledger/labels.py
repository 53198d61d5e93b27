"""Labels in columns: a truth or an answer is a number, a text or a boolean, and tables want one type a column.

A label is stored in three columns, `<prefix>.number`, `<prefix>.text` and `<prefix>.boolean`, of which one is not
null. An integer that a float64 cannot hold is stored as its text. For people and models it becomes one column again,
of the type that fits all of them.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from everloop.ledger.arrow import Column, Numbers, pc, table
from everloop.records.signature import Label

LARGEST, SMALLEST = 3.4028234663852886e38, 1.401298464324817e-45  # 32-bit floats but for 0
EXACT = 2**53  # the largest integer up to which a float64 holds every one

KINDS: Mapping[str, Any] = {"number": pa.float64(), "text": pa.string(), "boolean": pa.bool_()}


def label_columns(prefix: str, labels: Sequence[Label | None]) -> dict[str, Column]:
    """The three columns that hold `labels`; None is null in all of them."""
    number: list[float | None] = []
    text: list[str | None] = []
    boolean: list[bool | None] = []
    for label in labels:
        is_number = type(label) is float or (type(label) is int and abs(label) <= EXACT)
        is_boolean = type(label) is bool
        number.append(float(label) if is_number and label is not None else None)
        boolean.append(bool(label) if is_boolean else None)
        text.append(None if is_number or is_boolean or label is None else str(label))
    arrays = (pa.array(number, pa.float64()), pa.array(text, pa.string()), pa.array(boolean, pa.bool_()))
    return {f"{prefix}.{kind}": array for kind, array in zip(KINDS, arrays, strict=True)}


def number_columns(prefix: str, numbers: Numbers, valid: Numbers) -> dict[str, Column]:
    """The three columns for numbers, null where `valid` is false."""
    columns: dict[str, Column] = {
        f"{prefix}.{kind}": pa.nulls(len(numbers), type_) for kind, type_ in KINDS.items()
    }
    columns[f"{prefix}.number"] = pa.array(numbers.astype(np.float64), mask=~valid)
    return columns


def one_column(rows: pa.Table, prefix: str) -> Column:
    """The labels of `prefix` as one column, of the type that fits all of them."""
    return as_kind(rows, prefix, common_kind([(rows, prefix)]))


def common_kind(sources: Sequence[tuple[pa.Table, str]]) -> str:
    """The kind of label as which all labels of all sources can be read.

    Where they differ, it is that of the first source that has any, if the others read so: the text `7` as a number,
    `true` as a boolean, 1 as true. Otherwise it is text: 7 is `7`, true is `true`.
    """
    present = [[kind for kind in KINDS if _some(rows, f"{prefix}.{kind}")] for rows, prefix in sources]
    all_kinds = {kind for kinds in present for kind in kinds}
    if len(all_kinds) <= 1:
        return next(iter(all_kinds), "text")
    leading = next(kinds for kinds in present if kinds)
    if len(leading) == 1 and all(_reads_as(rows, prefix, leading[0]) for rows, prefix in sources):
        return leading[0]
    return "text"


def as_kind(rows: pa.Table, prefix: str, kind: str) -> Column:
    """The labels as one column of `kind`, null where they cannot be read so."""
    number, text, boolean = (rows.column(f"{prefix}.{k}") for k in KINDS)
    own = {"number": number, "text": text, "boolean": boolean}
    if not any(_some(rows, f"{prefix}.{other}") for other in KINDS if other != kind):
        return own[kind]
    if kind == "number":
        return pc.coalesce(number, _numbers_in(text), boolean.cast(pa.float64()))
    if kind == "boolean":
        return pc.coalesce(boolean, _booleans_in(text), _zero_one(number))
    return pc.coalesce(text, _texts_of(number), boolean.cast(pa.string()))


def as_numbers(column: Column) -> Column:
    """The labels of one column as numbers, null where one is none.

    That are texts which do not read as a number, such as `n/a` or `NaN`, and what is beyond the 32-bit floats that
    models answer in; what is too small for them is 0. True is 1, also where a text among the labels made it one.
    """
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
        column = pc.coalesce(_numbers_in(column), _booleans_in(column).cast(pa.float64()))
    numbers = column.cast(pa.float64(), safe=False)
    sizes = pc.abs(numbers)
    there = pc.if_else(pc.less_equal(sizes, LARGEST), numbers, None)
    return pc.if_else(pc.less(sizes, SMALLEST), 0.0, there)


def whole_numbers(column: Column) -> Column:
    """A column of float64 as int64, if it holds nothing else."""
    if column.type != pa.float64():
        return column
    exact = pc.and_(pc.equal(column, pc.floor(column)), pc.less_equal(pc.abs(column), float(EXACT)))
    return column.cast(pa.int64()) if pc.all(exact, min_count=0).as_py() else column


def _some(rows: pa.Table, name: str) -> bool:
    return bool(rows.column(name).null_count < rows.num_rows)


def _reads_as(rows: pa.Table, prefix: str, kind: str) -> bool:
    given = table({k: rows.column(f"{prefix}.{k}").is_valid() for k in KINDS})
    any_given = pc.or_(pc.or_(given["number"], given["text"]), given["boolean"])
    return bool(pc.all(pc.equal(any_given, as_kind(rows, prefix, kind).is_valid()), min_count=0).as_py())


def _numbers_in(text: Column) -> Column:
    looks = pc.match_substring_regex(text, r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$")
    return pc.if_else(looks, text, None).cast(pa.float64())


def _booleans_in(text: Column) -> Column:
    lower = pc.utf8_lower(text)
    return pc.if_else(pc.is_in(lower, value_set=pa.array(["true", "false"])), pc.equal(lower, "true"), None)


def _zero_one(number: Column) -> Column:
    return pc.if_else(pc.is_in(number, value_set=pa.array([0.0, 1.0])), pc.equal(number, 1.0), None)


def _texts_of(number: Column) -> Column:
    whole = pc.and_(pc.equal(number, pc.floor(number)), pc.less_equal(pc.abs(number), float(EXACT)))
    integers = pc.if_else(whole, number, None).cast(pa.int64()).cast(pa.string())
    return pc.coalesce(integers, number.cast(pa.string()))
