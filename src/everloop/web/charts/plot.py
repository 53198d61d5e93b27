"""The frame of a picture that fills whatever width it is given: text keeps its size, only the shapes stretch.

Shapes lie in an inner drawing of 1000 by 1000 that is stretched; everything else stands at shares of the outer one.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from everloop.web.html import Child, Html, element

SIDE = 1000


@dataclass(frozen=True, slots=True)
class Scale:
    """From values to shares of the plot, 0 to 1. A scale of one value shows it in the middle."""

    low: float
    high: float

    def at(self, value: float) -> float:
        """Where `value` lies, kept inside."""
        if self.high <= self.low:
            return 0.5
        return min(1.0, max(0.0, (value - self.low) / (self.high - self.low)))


def percent(share: float) -> str:
    """A place as SVG writes it.

    >>> percent(1 / 3)
    '33.33%'
    """
    return f"{100 * share:.2f}%"


def shapes(*children: Child) -> Html:
    """Paths in the stretched drawing."""
    return element(
        "svg",
        *children,
        viewBox=f"0 0 {SIDE} {SIDE}",
        preserveAspectRatio="none",
        width="100%",
        height="100%",
        aria_hidden="true",
    )


def path(points: Sequence[tuple[float, float]], *, closed: bool = False) -> str:
    """A path through points given as shares, from the left and from below."""
    steps = [f"{x * SIDE:.1f},{(1 - y) * SIDE:.1f}" for x, y in points]
    return f"M{'L'.join(steps)}{'Z' if closed else ''}" if steps else ""


def ticks(low: float, high: float, most: int = 5) -> list[float]:
    """Round numbers from low to high, no more than `most`.

    >>> ticks(0.83, 0.97, 4)
    [0.85, 0.9, 0.95]
    """
    if not high > low:
        return [low]
    size = 10 ** math.floor(math.log10((high - low) / most))
    for factor in (1, 2, 5, 10, 20, 50):
        step = factor * size
        first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
        if last - first + 1 <= most:
            return [round(n * step, 12) for n in range(first, last + 1)]
    return [low]


def titled(name: str, title: str, description: str, *children: Child, class_: str) -> Html:
    """A picture that says what it shows to those who do not see it."""
    return element(
        "svg",
        element("title", title, id=f"{name}-t"),
        element("desc", description, id=f"{name}-d"),
        *children,
        class_=class_,
        role="img",
        aria_labelledby=f"{name}-t {name}-d",
        width="100%",
        height="100%",
    )
