"""Columns of text, as a CSV file has them, turned into the narrowest type that loses nothing."""

from typing import Any

import pyarrow as pa
import pyarrow.compute as _compute

from everloop.datasets.types import Column

pc: Any = _compute

# What pandas reads as missing, so that a file means the same here and there.
MISSING = (
    *(
        "",
        "#N/A",
        "#N/A N/A",
        "#NA",
        "-1.#IND",
        "-1.#QNAN",
        "-NaN",
        "-nan",
        "1.#IND",
        "1.#QNAN",
        "<NA>",
        "N/A",
    ),
    *("NA", "NULL", "NaN", "None", "n/a", "nan", "null"),
)
_WHOLE = r"^-?[0-9]+$"
_NUMBER = r"^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?$|^[+-]?(inf|Inf|INF|infinity|Infinity)$"
_DATE = r"^\d{4}-\d{2}-\d{2}$"
_TIME = r"^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}"
_GLANCE = 100  # rows
_BOOLEANS = ("true", "false", "True", "False", "TRUE", "FALSE")


def typed(column: Column) -> Column:
    """The column as whole numbers, numbers, booleans, dates or times if every cell reads as such, else as text.

    Cells that are blank or in `MISSING` are missing, and blanks around a value do not count, except in text.
    Whole numbers over 2^63, or with leading zeros, stay text: they are names. Dates and times are ISO 8601's.
    """
    trimmed = pc.utf8_trim_whitespace(column)
    missing = pc.is_in(trimmed, value_set=pa.array(MISSING))
    values = pc.if_else(missing, pa.scalar(None, pa.string()), trimmed)
    if values.null_count == len(values):
        return pa.chunked_array([pa.nulls(len(values), pa.null())])
    for pattern, convert in _READINGS:
        if not _all_match(values.slice(0, _GLANCE), pattern):  # most columns of another type show it here
            continue
        try:
            reading: Column = convert(values)
        except pa.ArrowInvalid:  # e.g. 2023-02-30, 20 digits, a word in row 101
            continue
        return reading
    if pc.all(pc.is_in(values.drop_null(), value_set=pa.array(_BOOLEANS))).as_py():
        truths: Column = pc.equal(pc.utf8_lower(values), "true")
        return truths
    texts: Column = pc.if_else(missing, pa.scalar(None, pa.string()), column)
    return texts


def _all_match(values: Any, pattern: str) -> bool:  # noqa: ANN401 - an array of texts
    return pc.all(pc.match_substring_regex(values, pattern)).as_py() is not False


def _whole(values: Any) -> Any:  # noqa: ANN401
    numbers = pc.cast(values, pa.int64())
    if not pc.all(pc.equal(pc.cast(numbers, pa.string()), values)).as_py():
        raise pa.ArrowInvalid("codes, such as 007")
    return numbers


def _numbers(values: Any) -> Any:  # noqa: ANN401
    numbers = pc.cast(values, pa.float64())
    for zero in ("0", "-0", "+0"):
        beginning = values.filter(pc.starts_with(values, zero))
        if pc.any(pc.match_substring_regex(beginning, r"^[+-]?0[0-9xX]")).as_py():
            raise pa.ArrowInvalid("leading zeros")
    whole = r"^[+-]?[0-9]+$"
    if _all_match(values.slice(0, _GLANCE), whole) and _all_match(values, whole):
        raise pa.ArrowInvalid("whole numbers that are no 64-bit integers")
    return numbers


def _times(values: Any) -> Any:  # noqa: ANN401
    try:
        return pc.cast(values, pa.timestamp("us"))
    except pa.ArrowInvalid:
        return pc.cast(values, pa.timestamp("us", "UTC"))


_READINGS: tuple[tuple[str, Any], ...] = (
    (_WHOLE, _whole),
    (_NUMBER, _numbers),
    (_DATE, lambda values: pc.cast(values, pa.date32())),
    (_TIME, _times),
)
