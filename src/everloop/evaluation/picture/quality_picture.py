"""Quality over time with its band, and what happened, each with its reason, as one SVG."""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from textwrap import wrap
from xml.sax.saxutils import escape

from everloop.evaluation.picture.drawn import Line, Mark, Scene
from everloop.evaluation.picture.frame import LEFT, RIGHT, TOP, WIDTH, Frame, apart, frame_of
from everloop.evaluation.picture.style import CLASSES, style

BADGE = 11  # radius of a number's ground
ROW = 19  # of text
LETTER = 8  # of a name, about so wide
LETTERS = 80  # of a reason, in a line
MOST_LINES = 4  # of a reason


def quality_picture(scene: Scene) -> str:
    """The picture; nothing in it is loaded from anywhere."""
    frame = frame_of(scene)
    legend, height = _legend(scene.marks, frame.bottom + 78)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height:.0f}" width="{WIDTH}" '
        f'height="{height:.0f}" role="img" aria-label="{escape(scene.title, {chr(34): "&quot;"})}">',
        f"<style>{style()}</style>",
        f'<rect class="ground" x="0.5" y="0.5" width="{WIDTH - 1}" height="{height - 1:.0f}" rx="14"/>',
        _text(28, 44, "title", scene.title),
        _text(28, 70, "subtitle", scene.subtitle),
        *_world(scene.marks, frame),
        *_axes(scene, frame),
        *_marks(scene.marks, frame),
        *(part for line in scene.lines for part in _line(line, frame)),
        *legend,
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _text(x: float, y: float, kind: str, text: str, anchor: str = "start") -> str:
    return f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>'


def _axes(scene: Scene, frame: Frame) -> Iterator[str]:
    for value in frame.rows():
        y = frame.y(value)
        yield f'<path class="grid" d="M{LEFT} {y:.1f}H{WIDTH - RIGHT}"/>'
        told = f"{value:.0%}" if scene.values == "shares" else f"{value:,.6g}"
        yield _text(LEFT - 10, y + 4.5, "tick", told, "end")
    for number in frame.columns():
        yield _text(frame.x(number), frame.bottom + 24, "tick", f"{number:,.0f}", "middle")
    yield _text(WIDTH - RIGHT, frame.bottom + 46, "axis", scene.across, "end")


def _world(marks: Sequence[Mark], frame: Frame) -> Iterator[str]:
    """The ground of all that comes after the world has changed."""
    for mark in marks:
        if mark.kind == "world":
            left = frame.x(mark.x)
            size = f'width="{WIDTH - RIGHT - left:.1f}" height="{frame.bottom - TOP:.1f}"'
            yield f'<rect class="changed" x="{left:.1f}" y="{TOP}" {size}/>'


def _line(line: Line, frame: Frame) -> Iterator[str]:
    """Band, curve and name of one version."""
    kind = "way-" if line.role == "candidate" else ""
    points = [(frame.x(p.x), frame.y(p.value)) for p in line.points]
    if not points:
        return
    if len(points) == 1:
        (x, y), point = points[0], line.points[0]
        low, high = frame.y(point.low), frame.y(point.high)
        yield f'<rect class="{kind}band" x="{x - 4:.1f}" y="{high:.1f}" width="8" height="{low - high:.1f}"/>'
        yield f'<circle class="{kind}dot" cx="{x:.1f}" cy="{y:.1f}" r="4"/>'
    else:
        upper = _smooth([(frame.x(p.x), frame.y(p.high)) for p in line.points])
        lower = _smooth([(frame.x(p.x), frame.y(p.low)) for p in reversed(line.points)])
        yield f'<path class="{kind}band" d="{upper}L{lower[1:]}Z"/>'
        yield f'<path class="{kind}curve" d="{_smooth(points)}"/>'
    if line.name:
        yield _name(line, frame, f"{kind}name")


def _name(line: Line, frame: Frame, kind: str) -> str:
    """Under the beginning of a champion's band; beside the end of a candidate's, or over its beginning at the edge."""
    first, last, wide = line.points[0], line.points[-1], LETTER * len(line.name)
    if line.role == "candidate" and frame.x(last.x) + 10 + wide <= WIDTH - RIGHT:
        return _text(frame.x(last.x) + 10, frame.y(last.value) + 5, kind, line.name)
    x = min(frame.x(first.x) + 8, WIDTH - RIGHT - wide)
    if line.role == "candidate":
        return _text(x, max(frame.y(first.high) - 8, TOP + 14), kind, line.name)
    return _text(x, min(frame.y(first.low) + 20, frame.bottom - 6), kind, line.name)


def _smooth(points: Sequence[tuple[float, float]]) -> str:
    """A curve through the points that rises and falls nowhere but between them: level at each one's height."""
    parts = [f"M{_path(points[0])}"]
    for (x0, y0), (x1, y1) in pairwise(points):
        middle = (x0 + x1) / 2
        parts.append(f"C{middle:.1f} {y0:.1f} {middle:.1f} {y1:.1f} {x1:.1f} {y1:.1f}")
    return "".join(parts)


def _path(point: tuple[float, float]) -> str:
    return f"{point[0]:.1f} {point[1]:.1f}"


def _marks(marks: Sequence[Mark], frame: Frame) -> Iterator[str]:
    """A dashed line each, and over it its number, beside its neighbours' where they are near."""
    places = apart([frame.x(mark.x) for mark in marks], 2 * BADGE + 4)
    top = TOP - 30
    for number, (mark, place) in enumerate(zip(marks, places, strict=True), start=1):
        x, kind = frame.x(mark.x), CLASSES[mark.kind]
        yield f'<path class="mark {kind}" d="M{place:.1f} {top + BADGE}L{x:.1f} {TOP - 4}V{frame.bottom:.1f}"/>'
        yield _badge(place, top, number, kind)


def _badge(x: float, y: float, number: int, kind: str) -> str:
    circle = f'<circle class="badge-{kind}" cx="{x:.1f}" cy="{y:.1f}" r="{BADGE}"/>'
    return circle + _text(x, y + 4.5, "number", str(number), "middle")


def _legend(marks: Sequence[Mark], top: float) -> tuple[list[str], float]:
    """What happened and why, in two columns; and where the picture ends."""
    heights = [ROW * (1 + len(_reason(mark))) + 14 for mark in marks]
    half = _first_column(heights)
    parts, ends = [], [top]
    for column, (first, last) in enumerate(((0, half), (half, len(marks)))):
        x, y = 28.0 + BADGE + column * (WIDTH - 56) / 2, top
        for place in range(first, last):
            mark = marks[place]
            parts.append(_badge(x, y - 5, place + 1, CLASSES[mark.kind]))
            parts.append(_text(x + BADGE + 10, y, "what", mark.what))
            parts += [
                _text(x + BADGE + 10, y + ROW * (n + 1), "why", text) for n, text in enumerate(_reason(mark))
            ]
            y += heights[place]
        ends.append(y)
    return parts, max(ends) + 6


def _first_column(heights: Sequence[float]) -> int:
    """How many stand in the first of two columns, so that both end about together."""
    return min(
        range(len(heights) + 1), key=lambda n: (max(sum(heights[:n]), sum(heights[n:])), -n), default=0
    )


def _reason(mark: Mark) -> list[str]:
    lines = wrap(mark.why, LETTERS)
    if len(lines) > MOST_LINES:
        lines = [*lines[: MOST_LINES - 1], lines[MOST_LINES - 1].rstrip(" ,;:") + " …"]
    return lines
