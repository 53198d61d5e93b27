"""Small pictures as inline SVG, readable on a light and on a dark page."""

from collections.abc import Sequence

from everloop.shown.markup import Markup, told

WIDTH, HEIGHT = 420, 90
ACCENT, OTHER = "#2f7ed8", "#e08a1e"
EDGE = 6.0
Point = tuple[float, float, float]  # low, value, high


def band(points: Sequence[Point], *, said: str, ends: tuple[str, str] = ("", "")) -> Markup:
    """Values over time with their intervals, the oldest left. Nothing of fewer than two."""
    if len(points) < 2:
        return Markup("")
    low, high = min(p[0] for p in points), max(p[2] for p in points)
    span = (high - low) or 1.0
    xs = [EDGE + place * (WIDTH - 2 * EDGE) / (len(points) - 1) for place in range(len(points))]

    def path(place: int) -> list[str]:
        return [
            f"{x:.1f},{EDGE + (high - point[place]) / span * (HEIGHT - 2 * EDGE):.1f}"
            for x, point in zip(xs, points, strict=True)
        ]

    area = " ".join([*path(2), *reversed(path(0))])
    shapes = (
        f'<polygon points="{area}" fill="{ACCENT}" fill-opacity=".22"/>'
        f'<polyline points="{" ".join(path(1))}" fill="none" stroke="{ACCENT}" stroke-width="2"/>'
    )
    top, bottom = f"{high:.4g}", f"{low:.4g}"
    labels = _label(WIDTH + 4, EDGE + 8, top) + _label(WIDTH + 4, HEIGHT - EDGE, bottom)
    labels += _label(EDGE, HEIGHT + 12, ends[0]) + _label(WIDTH - EDGE, HEIGHT + 12, ends[1], anchor="end")
    return _picture(shapes + labels, width=WIDTH + 60, height=HEIGHT + 18, said=said)


def split(shares: Sequence[tuple[str, float]], *, said: str) -> Markup:
    """Parts of a whole as one bar, each named below it."""
    at, shapes = 0.0, ""
    for place, (name, share) in enumerate(shares):
        width = max(0.0, min(1.0, share)) * WIDTH
        colour = (ACCENT, OTHER)[place % 2]
        shapes += f'<rect x="{at:.1f}" y="0" width="{width:.1f}" height="12" rx="2" fill="{colour}"/>'
        anchor = "end" if place and at + width > WIDTH / 2 else "start"
        shapes += _label(at + width if anchor == "end" else at, 26, f"{name} {share:.0%}", anchor=anchor)
        at += width
    return _picture(shapes, width=WIDTH, height=32, said=said)


def bars(values: Sequence[tuple[str, float, bool]], *, limit: float | None, said: str) -> Markup:
    """A bar a name, those that are marked in another colour, and a line at the limit."""
    if not values:
        return Markup("")
    most = max([*(value for _, value, _ in values), limit or 0.0]) or 1.0
    left, row = 150, 18
    shapes = ""
    for place, (name, value, marked) in enumerate(values):
        y = place * row
        width = max(0.0, value) / most * (WIDTH - left - 50)
        colour = OTHER if marked else ACCENT
        shapes += _label(left - 8, y + 12, name[:24], anchor="end")
        shapes += f'<rect x="{left}" y="{y + 3}" width="{width:.1f}" height="11" rx="2" fill="{colour}"/>'
        shapes += _label(left + width + 4, y + 12, f"{value:.3g}")
    height = len(values) * row
    if limit is not None:
        x = left + limit / most * (WIDTH - left - 50)
        shapes += (
            f'<line x1="{x:.1f}" x2="{x:.1f}" y1="0" y2="{height}" '
            'stroke="currentColor" stroke-opacity=".6" stroke-dasharray="3 3"/>'
        )
    return _picture(shapes, width=WIDTH, height=height + 2, said=said)


def _label(x: float, y: float, text: str, *, anchor: str = "start") -> str:
    if not text:
        return ""
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="11" '
        f'fill="currentColor" fill-opacity=".8">{told(text)}</text>'
    )


def _picture(shapes: str, *, width: int, height: int, said: str) -> Markup:
    return Markup(
        f'<svg role="img" aria-label="{told(said)}" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}" style="display:block;margin:8px 0;max-width:100%;overflow:visible;'
        f'font-family:system-ui,sans-serif;color:inherit">{shapes}</svg>'
    )
