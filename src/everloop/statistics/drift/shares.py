"""Whether the share of something differs between two samples: Fisher's exact test, at any size."""

from math import exp, lgamma, log

NEARLY = 0.2  # each further term is smaller by so much: the bound is then within a few hundredths
TERMS = 200


def p_value(reference: int, reference_rows: int, current: int, current_rows: int) -> float:
    """Two-sided, by doubling the smaller tail; never smaller than the exact one. No rows: 1.

    >>> round(p_value(8, 10, 1, 6), 3)
    0.049
    """
    fewer = more(reference_rows - reference, reference_rows, current_rows - current, current_rows)
    return min(1.0, 2 * min(more(reference, reference_rows, current, current_rows), fewer))


def more(reference: int, reference_rows: int, current: int, current_rows: int) -> float:
    """How often so many or more would be in the current sample, if both were of one population.

    The hypergeometric tail: its first terms one by one, what follows them by the geometric series that bounds it.
    """
    total, rows = reference + current, reference_rows + current_rows
    if current * rows <= total * current_rows:
        return 1.0  # no more than expected
    tail, count, term = 0.0, current, exp(_log_chance(current, total, current_rows, rows))
    while True:
        tail += term
        falls = (total - count) * (current_rows - count)
        falls_to = (count + 1) * (rows - total - current_rows + count + 1)
        if falls == 0 or term == 0.0:
            return min(1.0, tail)
        if falls < NEARLY * falls_to or count - current >= TERMS:
            rest = falls / falls_to
            return min(1.0, tail + (term * rest / (1 - rest) if rest < 1 else 1.0))
        term, count = term * falls / falls_to, count + 1


def _log_chance(count: int, total: int, drawn: int, rows: int) -> float:
    """The logarithm of the chance of `count` marked among `drawn` of `rows`, `total` of which are marked."""
    return _log_choose(total, count) + _log_choose(rows - total, drawn - count) - _log_choose(rows, drawn)


def _log_choose(of: int, some: int) -> float:
    return lgamma(of + 1) - lgamma(some + 1) - lgamma(of - some + 1)


def beyond(current: int, current_rows: int, reference_rows: int) -> float:
    """How often so many or more current values lie outside the range of the reference, if both are of one population.

    The outermost `current` values of all must then be current ones, some at each end; ties make it rarer.

    >>> beyond(0, 100, 1000)
    1.0
    """
    each = sum(log((current_rows - i) / (reference_rows + current_rows - i)) for i in range(current))
    return min(1.0, (current + 1) * exp(each))
