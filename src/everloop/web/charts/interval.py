"""A value with its interval beside its limit, small enough for a line of a table."""

from everloop.records.verdict import Verdict
from everloop.web.charts.plot import Scale, percent
from everloop.web.html import Html, element

ROOM = 0.12  # of the width on either side
MIDDLE = "50%"


def interval(verdict: Verdict) -> Html | None:
    """The verdict's interval, value and limit on one line; None where it has no value.

    It says nothing that the text beside it does not say, so readers of the text alone miss nothing.
    """
    if verdict.value is None:
        return None
    low = verdict.low if verdict.low is not None else verdict.value
    high = verdict.high if verdict.high is not None else verdict.value
    marks = [low, high, verdict.value, *([verdict.limit] if verdict.limit is not None else [])]
    room = (max(marks) - min(marks)) * ROOM or 1.0
    scale = Scale(min(marks) - room, max(marks) + room)
    return element(
        "svg",
        element("line", x1="0", x2="100%", y1=MIDDLE, y2=MIDDLE, class_="rail"),
        element(
            "line", x1=percent(scale.at(low)), x2=percent(scale.at(high)), y1=MIDDLE, y2=MIDDLE, class_="band"
        ),
        _limit(scale, verdict.limit),
        element("circle", cx=percent(scale.at(verdict.value)), cy=MIDDLE, r=4, class_="dot"),
        class_=f"interval-chart {verdict.verdict}",
        width="100%",
        height="22",
        aria_hidden="true",
    )


def _limit(scale: Scale, limit: float | None) -> Html | None:
    if limit is None:
        return None
    x = percent(scale.at(limit))
    return element("line", x1=x, x2=x, y1="3", y2="19", class_="limit")
