"""Which variant answers: a place in [0, 1) by the caller's key, and each variant's stretch of it.

The champion has the middle. The first candidate's stretch begins at the left end, the second's at the right end; a
third lies inwards of the first, a fourth inwards of the second, and so on. So widening the first or the second
candidate moves keys only from the champion into it; widening one that has another inwards of it pushes that one
inwards, which moves keys between these two as well.
"""

import random
from bisect import bisect_right
from collections.abc import Sequence
from hashlib import blake2b

_STEPS = 1 << 53  # the numbers in [0, 1) that a float tells apart evenly


class Place:
    """Where a key stands in one endpoint, always the same for the same salt."""

    __slots__ = ("_salted",)

    def __init__(self, salt: str) -> None:
        self._salted = blake2b(salt.encode(), digest_size=8)

    def hash(self, key: bytes) -> bytes:
        """Eight bytes that stand for `key` and do not give it away."""
        salted = self._salted.copy()
        salted.update(key)
        return salted.digest()

    @staticmethod
    def of(key_hash: bytes) -> float:
        """The place in [0, 1) of a key's hash."""
        return (int.from_bytes(key_hash) >> 11) / _STEPS

    @staticmethod
    def by_chance() -> float:
        """A place for a request without a key."""
        return random.random()  # noqa: S311 - a share of traffic, no secret


class Split:
    """The stretches of [0, 1), one a variant, for the shares of a route: the champion's first.

    >>> split = Split([0.7, 0.2, 0.1])
    >>> [split.at(place) for place in (0.0, 0.19, 0.2, 0.5, 0.89, 0.9, 0.99)]
    [1, 1, 0, 0, 0, 2, 2]
    """

    __slots__ = ("_ends", "_owners")

    def __init__(self, shares: Sequence[float]) -> None:
        """Shares of all variants, the champion's first; it takes what the others leave."""
        left, right = list(range(1, len(shares), 2)), list(range(2, len(shares), 2))
        stretches: list[tuple[float, float, int]] = []
        low, high = 0.0, 1.0
        for owner in left:
            stretches.append((low, min(low + shares[owner], high), owner))
            low = stretches[-1][1]
        for owner in right:
            stretches.append((max(high - shares[owner], low), high, owner))
            high = stretches[-1][0]
        stretches.append((low, high, 0))
        inhabited = sorted(s for s in stretches if s[1] > s[0])
        self._ends = [end for _, end, _ in inhabited[:-1]]
        self._owners = [owner for _, _, owner in inhabited]

    @property
    def is_whole(self) -> bool:
        """Whether one variant has everything, so that no place need be looked up."""
        return len(self._owners) == 1

    def at(self, place: float) -> int:
        """The variant at `place`, by its position among the shares."""
        return self._owners[bisect_right(self._ends, place)]
