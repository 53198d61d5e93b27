"""Names that people give and ids that we make. Both are safe as a file name and in a URL."""

import os
import re
import time

from everloop.errors import InvalidName, InvalidRequest

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,62}")
_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford's base 32: no letter looks like a digit
VERSION_REFERENCE = re.compile(r"([A-Za-z0-9][A-Za-z0-9_-]{0,62})@([1-9][0-9]{0,8})")


def checked_name(name: str, what: str = "name") -> str:
    """`name` if it can name something; raises InvalidName otherwise.

    >>> checked_name("churn")
    'churn'
    """
    if NAME.fullmatch(name) is None:
        raise InvalidName(f"{name[:80]!r} cannot be a {what}. {InvalidName.__doc__}")
    return name


def new_id(prefix: str) -> str:
    """A new id: the prefix, the time in milliseconds, 50 random bits. Ids sort by the time they were made."""
    return (
        f"{prefix}_{_base32(time.time_ns() // 1_000_000, 9)}{_base32(int.from_bytes(os.urandom(7)) >> 6, 10)}"
    )


def parse_version(reference: str) -> tuple[str, int]:
    """`name@number` in its two parts; raises InvalidRequest for anything else.

    >>> parse_version("churn@3")
    ('churn', 3)
    """
    match = VERSION_REFERENCE.fullmatch(reference)
    if match is None:
        raise InvalidRequest(
            f"{reference[:80]!r} is not a version.", remedy="Write NAME@NUMBER, as in churn@1."
        )
    return match[1], int(match[2])


def _base32(value: int, width: int) -> str:
    return "".join(_ALPHABET[(value >> 5 * place) & 31] for place in reversed(range(width)))
