"""How fast rows follow each other."""

from dataclasses import dataclass
from typing import Protocol

from everloop.errors import InvalidRequest
from everloop.replay.dice import Numbers


class Pace(Protocol):
    """Gaps between rows, in the machine's seconds."""

    def gap(self, row: int) -> float:
        """How long after the row before it row number `row` is sent; of row 0, nothing."""
        ...


@dataclass(frozen=True, slots=True)
class Steady:
    """So many rows a second."""

    rate: float

    def __post_init__(self) -> None:
        if not 0 < self.rate < float("inf"):
            raise InvalidRequest(f"rate={self.rate!r}: it is a number of rows a second, above 0.")

    def gap(self, row: int) -> float:
        """The same for all rows."""
        return 1.0 / self.rate if row else 0.0


@dataclass(frozen=True, slots=True)
class AsRecorded:
    """As rows followed each other in the past, `speed` times as fast. `moments`: of each row, in seconds, rising."""

    moments: Numbers
    speed: float

    def __post_init__(self) -> None:
        if not 0 < self.speed < float("inf"):
            raise InvalidRequest(f"speed={self.speed!r}: it is a number above 0.")

    def gap(self, row: int) -> float:
        """What lay between the row and the one before it."""
        return float(self.moments[row] - self.moments[row - 1]) / self.speed if row else 0.0
