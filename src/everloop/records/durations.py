"""Lengths of time as people write them."""

import re
from datetime import timedelta

from everloop.errors import InvalidRequest

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_DURATION = re.compile(r"\s*([0-9]{1,9}(?:\.[0-9]{1,6})?)\s*([smhdw])\s*")


def duration(text: str | timedelta) -> timedelta:
    """A length of time: a number and `s`, `m`, `h`, `d` or `w`; raises InvalidRequest for anything else.

    >>> duration("24h") == duration("1d")
    True
    """
    if isinstance(text, timedelta):
        if text < timedelta(0):
            raise InvalidRequest(f"{text} is less than no time.", remedy="Write 10m, 24h or 7d.")
        return text
    match = _DURATION.fullmatch(text) if isinstance(text, str) else None
    if match is None:
        raise InvalidRequest(f"{str(text)[:80]!r} is not a length of time.", remedy="Write 10m, 24h or 7d.")
    try:
        return timedelta(**{_UNITS[match[2]]: float(match[1])})
    except OverflowError as error:
        raise InvalidRequest(f"{text[:80]!r} is too long a time.") from error


def in_words(length: timedelta) -> str:
    """The length in its largest unit, shortly.

    >>> in_words(timedelta(minutes=90)), in_words(timedelta(days=7)), in_words(timedelta(seconds=0.5))
    ('1.5 h', '7 d', '0.5 s')
    """
    seconds = length.total_seconds()
    for unit, size in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if abs(seconds) >= size:
            return f"{round(seconds / size, 1):g} {unit}"
    return f"{round(seconds, 1):g} s"
