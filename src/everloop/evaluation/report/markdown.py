"""Markdown that no value can break out of."""

from collections.abc import Iterable, Sequence
from datetime import datetime

_SPECIAL = str.maketrans({c: f"\\{c}" for c in "\\`*_{}[]<>|#"} | {"\n": " ", "\r": " "})


def text(value: object) -> str:
    """A value as it stands in a sentence or a cell: whatever it is, it is no markup.

    >>> text("a|b <i>")
    'a\\\\|b \\\\<i\\\\>'
    """
    return str(value).translate(_SPECIAL)


def table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A table of plain values; a column is to the right where its head ends with a colon."""
    heads = [column.rstrip(":") for column in columns]
    marks = ["---:" if column.endswith(":") else "---" for column in columns]
    lines = [heads, marks, *([text(cell) for cell in row] for row in rows)]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines) + "\n"


def moment(at: datetime | None) -> str:
    """A time to the second."""
    return "" if at is None else f"{at:%Y-%m-%d %H:%M:%S}"


def number(value: float | None) -> str:
    """Four digits of a number, or nothing.

    >>> number(0.012345), number(1234567), number(None)
    ('0.01235', '1,234,567', '')
    """
    if value is None:
        return ""
    return f"{value:,.0f}" if abs(value) >= 10_000 else f"{value:.4g}"


def interval(low: float | None, high: float | None) -> str:
    """An interval; an end that is not known is left open."""
    if low is None and high is None:
        return ""
    return f"{'' if low is None else number(low)} to {'' if high is None else number(high)}".strip()
