"""Shares, as people declare them."""

from everloop.errors import InvalidRequest


def checked_share(share: float) -> float:
    """The share; raises InvalidRequest for what is not from 0 to 1."""
    if not 0 <= share <= 1:
        raise InvalidRequest(f"share={share!r}: it is a number from 0 to 1.")
    return share
