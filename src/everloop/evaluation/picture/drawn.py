"""What a picture of quality over time shows."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Role = Literal["champion", "candidate"]
Kind = Literal["live", "promoted", "refused", "rolled back", "alert", "world"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One window: where it lies, its value, and its 95 % interval."""

    x: float
    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """The quality of one version for as long as it answered, or was on its way."""

    name: str
    role: Role
    points: Sequence[Point]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """Something that happened at `x`, and why, in words."""

    x: float
    kind: Kind
    what: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """A whole picture. `end` is where its horizontal axis ends; it begins at 0.

    Values are shares, whose axis ends at 1, or numbers of at least 0, whose axis begins there.
    """

    title: str
    subtitle: str
    across: str  # what the horizontal axis counts
    end: float
    lines: Sequence[Line]
    marks: Sequence[Mark]
    values: Literal["shares", "numbers"] = "shares"
