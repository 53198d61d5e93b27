"""The standing random audit: which predictions people tell the truth of, so that quality is known without a bias.

A prediction belongs to it by its id alone, whatever it asks and answers, and always did and will: anybody can tell
which they are, nobody can choose them, and a larger share keeps those of a smaller one.
"""

from collections.abc import Iterable
from hashlib import blake2b

WHOLE = 1 << 64


def is_audited(salt: str, prediction: str, share: float) -> bool:
    """Whether a prediction belongs to an audit of this share; `salt` is its endpoint's.

    >>> is_audited("b1946ac9", "p1", 1.0), is_audited("b1946ac9", "p1", 0.0)
    (True, False)
    """
    digest = blake2b(f"audit\0{salt}\0{prediction}".encode(), digest_size=8).digest()
    return int.from_bytes(digest) < share * WHOLE


def audited(salt: str, predictions: Iterable[str], share: float) -> list[bool]:
    """The same for many."""
    return [is_audited(salt, prediction, share) for prediction in predictions]
