"""Numbers as people read them."""

from typing import Literal

Unit = Literal["share", "points", "ms", "plain"]


def count(number: int) -> str:
    """With thin groups of thousands.

    >>> count(1234567)
    '1,234,567'
    """
    return f"{number:,}"


def share(value: float, digits: int = 1) -> str:
    """A share as a percentage.

    >>> share(0.9134), share(0.1, 0)
    ('91.3%', '10%')
    """
    return f"{value:.{digits}%}"


def amount(value: float, unit: Unit = "plain", *, signed: bool = False) -> str:
    """A value in its unit, to three figures.

    >>> amount(0.0123, "share"), amount(0.0123, "points", signed=True), amount(12.345)
    ('1.2%', '+1.2 points', '12.3')
    """
    plus = "+" if signed else ""
    if unit == "share":
        return f"{value:{plus}.1%}"
    if unit == "points":
        return f"{100 * value:{plus}.1f} points"
    return f"{value:{plus}.3g}{' ms' if unit == 'ms' else ''}"


def span(low: float | None, high: float | None, unit: Unit = "plain") -> str:
    """An interval; empty where there is none.

    >>> span(0.901, 0.923, "share"), span(0.4, None, "ms")
    ('90.1–92.3%', 'above 0.4 ms')
    """
    if low is None or high is None:
        known = low if low is not None else high
        side = "above" if low is not None else "below"
        return "" if known is None else f"{side} {amount(known, unit)}"
    if unit == "share":
        return f"{100 * low:.1f}–{100 * high:.1f}%"
    if unit == "points":
        return f"{100 * low:+.1f} to {100 * high:+.1f}"
    return f"{low:.3g} to {high:.3g}{' ms' if unit == 'ms' else ''}"


def milliseconds(seconds: float) -> str:
    """A latency.

    >>> milliseconds(0.00042), milliseconds(0.0234), milliseconds(1.5)
    ('0.42 ms', '23 ms', '1.5 s')
    """
    ms = 1000 * seconds
    if ms >= 1000:
        return f"{ms / 1000:.2g} s"
    return f"{ms:.2g} ms" if ms < 10 else f"{ms:.0f} ms"


def rate(per_second: float) -> str:
    """Answers a second.

    >>> rate(0.0), rate(3.14159), rate(1234.5)
    ('0', '3.1', '1,234')
    """
    if per_second == 0:
        return "0"
    return f"{per_second:.1f}" if per_second < 100 else f"{int(per_second):,}"
