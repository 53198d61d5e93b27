"""Where things lie in a picture: from numbers to points of the drawing."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, floor, log10

from everloop.evaluation.picture.drawn import Scene

WIDTH = 1200
LEFT, RIGHT = 76, 36  # beside the plot
TOP = 132  # above it: title, and the numbers of what happened
PLOT = 330  # its height
STEPS = (1, 2, 2.5, 5, 10)
TICKS = 8
ROWS = 6  # lines of the grid, about, where values are numbers


@dataclass(frozen=True, slots=True)
class Frame:
    """The plot's axes."""

    end: float  # of the horizontal one
    floor: float  # the least value that is shown
    top: float = 1.0  # and the greatest
    step: float = 0.1  # between two lines of the grid

    def x(self, number: float) -> float:
        """From the left edge of the drawing."""
        return LEFT + (WIDTH - LEFT - RIGHT) * number / self.end

    def y(self, value: float) -> float:
        """From its top."""
        return TOP + PLOT * (self.top - value) / (self.top - self.floor)

    @property
    def bottom(self) -> float:
        """Of the plot."""
        return self.y(self.floor)

    def rows(self) -> list[float]:
        """Values with a line of the grid."""
        count = round((self.top - self.floor) / self.step)
        return [round(self.top - self.step * n, 6) for n in range(count + 1)]

    def columns(self) -> list[float]:
        """Numbers with a tick, as people count."""
        step = _step(self.end / TICKS)
        return [step * n for n in range(int(self.end / step) + 1)]


def frame_of(scene: Scene) -> Frame:
    """Room for every interval: of shares down to a whole tenth, of numbers from 0 up."""
    points = [point for line in scene.lines for point in line.points]
    end = max(scene.end, 1.0)
    if scene.values == "numbers":
        most = max((point.high for point in points), default=0.0) or 1.0
        step = _step(most / ROWS)
        return Frame(end=end, floor=0.0, top=step * ceil(most / step), step=step)
    least = max(0.0, floor(min((point.low for point in points), default=0.5) * 10) / 10)
    return Frame(end=end, floor=least, step=0.1 if least >= 0.35 else 0.2)


def _step(rough: float) -> float:
    """At least so much, as people count."""
    whole = 10.0 ** floor(log10(rough)) if rough > 0 else 1.0
    return next(s * whole for s in STEPS if s * whole >= rough)


def apart(places: Sequence[float], least: float) -> list[float]:
    """The places, moved as little as it takes so that neighbours, in their order, lie `least` apart.

    >>> apart([0.0, 1.0, 10.0], 4.0)
    [-1.5, 2.5, 10.0]
    """
    groups: list[list[float]] = []
    for place in places:
        groups.append([place])
        while len(groups) > 1 and _start(groups[-1], least) < _end(groups[-2], least):
            last = groups.pop()
            groups[-1] += last
    return [_start(group, least) + least / 2 + least * n for group in groups for n in range(len(group))]


def _start(group: Sequence[float], least: float) -> float:
    return sum(group) / len(group) - least * len(group) / 2


def _end(group: Sequence[float], least: float) -> float:
    return sum(group) / len(group) + least * len(group) / 2
