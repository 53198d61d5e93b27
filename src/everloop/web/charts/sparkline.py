"""The course of a number in a few pixels, without axes: the number itself stands beside it."""

from collections.abc import Sequence

from everloop.web.charts.plot import Scale, path, shapes
from everloop.web.html import Html, element


def sparkline(values: Sequence[float], slots: int) -> Html:
    """The newest values at the right; `slots` is how many fill the width."""
    newest = values[-slots:]
    top = Scale(0.0, max(newest, default=0.0) or 1.0)
    first = slots - len(newest)
    line = [((first + place) / max(1, slots - 1), 0.06 + 0.88 * top.at(v)) for place, v in enumerate(newest)]
    area = [(line[0][0], 0.0), *line, (line[-1][0], 0.0)] if line else []
    return element(
        "svg",
        shapes(
            element("path", d=path(area, closed=True), class_="spark-area") if len(line) > 1 else None,
            element("path", d=path(line), class_="spark-line") if len(line) > 1 else None,
        ),
        class_="spark",
        width="100%",
        aria_hidden="true",
    )
