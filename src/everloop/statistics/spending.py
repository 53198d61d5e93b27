"""How a chance of error is spread over looks without end."""


def share(look: int) -> float:
    """The part of the whole that look number `look`, from 1, may use: 1 / (look (look + 1)). All looks add up to 1.

    By the union bound a decision that errs at each look with at most its part of alpha errs ever with at most alpha,
    however the looks depend on one another (Lan & DeMets 1983 call such a rule alpha spending).

    >>> round(sum(share(look) for look in range(1, 1000)), 6)
    0.999
    """
    return 1 / (look * (look + 1))
