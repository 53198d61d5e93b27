"""The demo's picture: accuracy along the stream, and each thing that happened, with its reason."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from everloop.evaluation.picture.drawn import Kind, Line, Mark, Point, Scene
from everloop.evidence.estimates import proportion
from everloop.records.names import parse_version
from everloop.workspace.demo.facts import Seen
from everloop.workspace.happenings import Happening

WINDOW = 65  # rows of a point
LEAST = 10  # rows of a window
DRAWN: dict[str, Kind] = {
    "deployed": "live",
    "promoted": "promoted",
    "refused": "refused",
    "rolled back": "rolled back",
}
CHANGED = "From here on every digit lies askew, and its ink is fainter."


def scene(seen: Seen, happenings: Sequence[Happening], changed: int) -> Scene:
    """What is drawn. The scanner was replaced before row `changed` of the stream."""
    end = int(seen.number.max()) + 1 if len(seen.number) else 1
    marks = sorted(_marks(seen, happenings, changed), key=lambda mark: mark.x)
    return Scene(
        title="Handwritten digits: the model improves, the scanner changes, the loop recovers",
        subtitle="Digits read rightly, with 95 % intervals. Solid: who answers; dotted: a candidate on its way.",
        across="digits answered",
        end=end,
        lines=_lines(seen, happenings, changed, end),
        marks=marks,
    )


def _marks(seen: Seen, happenings: Sequence[Happening], changed: int) -> Iterator[Mark]:
    yield Mark(x=changed, kind="world", what="Scanner replaced", why=CHANGED)
    drift_is_told = False
    proposed = {h.candidate: h.reason for h in happenings if h.kind == "proposed"}
    for happening in happenings:
        x = _row(seen, happening)
        if happening.kind == "alert" and "drift" in happening.monitors and not drift_is_told:
            drift_is_told = True
            yield Mark(x=x, kind="alert", what="Drift raised", why=_sentence(happening.reason))
        elif happening.kind in DRAWN:
            what = f"{happening.candidate or happening.champion} {WORDS[happening.kind]}"
            yield Mark(x=x, kind=DRAWN[happening.kind], what=what, why=_why(happening, proposed))


WORDS = {
    "deployed": "goes live",
    "promoted": "promoted",
    "refused": "refused by the gates",
    "rolled back": "rolled back in its canary",
}


def _why(happening: Happening, proposed: Mapping[str, str]) -> str:
    """What a person said who proposed it, and what the loop said who decided."""
    if happening.kind == "deployed":
        return "Fitted on the first 300 digits. From here on every answer is captured, and its truth follows."
    said = proposed.get(happening.candidate, "")
    decided = _sentence(happening.reason.removeprefix(f"{happening.candidate}: "))
    return f"Proposed: “{_sentence(said)}” {decided}" if said else decided


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:].rstrip(".") + "."


def _lines(seen: Seen, happenings: Sequence[Happening], changed: int, end: int) -> list[Line]:
    """Of each version: while it was on its way, on the rows that it shadowed too; and while it answered."""
    reigns = [h for h in happenings if h.kind in ("deployed", "promoted")]
    starts = [_row(seen, h) for h in reigns]
    found = []
    for reign, start, stop in zip(reigns, starts, [*starts[1:], end], strict=True):
        name = reign.champion or reign.candidate
        found.append(Line(name=name, role="champion", points=_points(seen, name, start, stop, changed)))
    champions = {line.name for line in found}
    for begun, done in _ways(happenings):
        points = _points(seen, begun.candidate, _row(seen, begun), _row(seen, done), changed)
        name = "" if begun.candidate in champions else begun.candidate  # named where it answers
        found.append(Line(name=name, role="candidate", points=points))
    return [line for line in found if line.points]


def _ways(happenings: Sequence[Happening]) -> Iterator[tuple[Happening, Happening]]:
    """From the beginning of each rollout to its end."""
    way = [h for h in happenings if h.kind in ("rollout begins", "promoted", "rolled back")]
    yield from ((a, b) for a, b in pairwise(way) if a.kind == "rollout begins")


def _points(seen: Seen, version: str, start: int, stop: int, changed: int) -> list[Point]:
    """Windows of equal size between these rows; none has rows of two scanners."""
    number = parse_version(version)[1]
    found: list[Point] = []
    for first, last in ((start, min(stop, changed)), (max(start, changed), stop)):
        mine = (seen.version == number) & (seen.number >= first) & (seen.number < last)
        found += _windows(seen.number[mine], seen.right[mine])
    return found


def _windows(numbers: npt.NDArray[np.int64], right: npt.NDArray[np.bool_]) -> list[Point]:
    """A point in the middle of each window; the first and the last reach to where the rows begin and end.

    No point where there are only a few rows: they say nothing.
    """
    if len(numbers) < LEAST:
        return []
    parts = max(1, round(len(numbers) / WINDOW))
    found = []
    for rows, flags in zip(np.array_split(numbers, parts), np.array_split(right, parts), strict=True):
        estimate = proportion(int(flags.sum()), len(flags), "accuracy")
        x = float(rows[0] + rows[-1]) / 2
        found.append(Point(x=x, value=estimate.value, low=estimate.low, high=estimate.high))
    return [replace(found[0], x=float(numbers[0])), *found, replace(found[-1], x=float(numbers[-1]))]


def _row(seen: Seen, happening: Happening) -> int:
    """How many rows had been answered by then."""
    at = int(happening.at.timestamp() * 1e6)
    return len(np.unique(seen.number[seen.served_at <= at]))
