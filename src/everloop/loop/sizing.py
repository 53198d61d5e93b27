"""How much evidence a loop asks for, from the rows that there are, so that its gates can decide. Pure."""

from dataclasses import dataclass
from math import floor, log10, sqrt

TURNS = 6  # so many times fewer truths than there are rows turn the loop
LEAST = 750  # truths: of fewer, the gates get too few to tell anything
MOST = 33_000  # of which the gates get what proves the smallest margin
KEPT = 0.3  # of the new rows, the latest are kept from a fit for the gates
SMALLEST, LARGEST = 0.01, 0.1  # margins, in accuracy or in spreads of a number
OF_A_NUMBER = 0.5  # refits differ by less of a target's spread than by rows that only one of them gets right


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """How many truths turn a loop, how many of them its gates get, and the margin that so many prove."""

    after_outcomes: int
    gate_rows: int
    margin: float  # in the metric's unit


def sized(
    rows: int, *, spread: float | None = None, least: int = LEAST, after_outcomes: int | None = None
) -> Size:
    """For a table of so many rows; a given `after_outcomes` stays.

    spread: the standard deviation of a target that is a number; None for classes. The margin is 1 / sqrt(rows of the
    gates): two models that are equally good, and of which on 5% of the rows only one is right, then pass at the first
    look in four of five cycles (docs/gates.md). Fewer rows than 100 do not make it larger than 0.1.

    >>> sized(7_000)
    Size(after_outcomes=1200, gate_rows=360, margin=0.053)
    """
    found = min(max(rows / TURNS, least), MOST)
    after = int(in_two_digits(found)) if after_outcomes is None else after_outcomes
    gate_rows = max(1, round(KEPT * after))
    share = min(max(1 / sqrt(gate_rows), SMALLEST), LARGEST)
    margin = share if spread is None else OF_A_NUMBER * share * (spread or 1.0)
    return Size(after_outcomes=after, gate_rows=gate_rows, margin=in_two_digits(margin))


def in_two_digits(number: float) -> float:
    """To one or two digits, as people would say it.

    >>> in_two_digits(0.0234), in_two_digits(53.4), in_two_digits(128.0)
    (0.023, 53.0, 130.0)
    """
    return round(number, 1 - floor(log10(abs(number)))) if number else 0.0
