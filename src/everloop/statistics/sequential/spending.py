"""One chance of error for many tests that follow each other."""

from everloop.errors import InvalidRequest


def spent(alpha: float, stretch: int) -> float:
    """What a test of stretch 1, 2, 3 ... may spend, so that all together spend at most `alpha`.

    A new stretch begins where rates may have changed: with another share, another day. alpha / (s (s + 1)) sums to
    alpha however many there are, and a hundredth stretch needs only nine nats more evidence than a single one.

    >>> sum(spent(0.05, stretch) for stretch in range(1, 1000)) < 0.05
    True
    """
    if stretch < 1:
        raise InvalidRequest(f"There is no stretch {stretch}: they count from 1.")
    return alpha / (stretch * (stretch + 1))
