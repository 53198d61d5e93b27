"""Quality over time: the value of each window of answers, its 95 % interval as a band, and what happened meanwhile."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby

from everloop.actions.queries.quality_history import QualityHistory
from everloop.monitoring.quality_point import QualityPoint
from everloop.web.charts.plot import Scale, path, percent, shapes, ticks, titled
from everloop.web.figures import Unit, amount, count, span
from everloop.web.html import Html, element, joined

LABELS = 4  # along the time
EDGE = 0.02


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """Something that happened: where to draw it, with what sign, and what to say."""

    at: datetime
    sign: str
    tone: str
    says: str


class Course:
    """Time as wide as it has answers: each window takes its share of the width, and nights without traffic take none.

    Along plain time a burst of answers would be a stroke, and a quiet week most of the picture.
    """

    def __init__(self, points: Sequence[QualityPoint]) -> None:
        """`points` in the order of time."""
        whole = sum(point.rows for point in points)
        self._times: list[datetime] = []
        self._shares: list[float] = []
        before = 0
        for point in points:
            for at, rows in ((point.since, before), (point.until, before + point.rows)):
                self._times.append(max(at, self._times[-1]) if self._times else at)
                self._shares.append(rows / whole)
            before += point.rows

    def share(self, at: datetime) -> float:
        """How many of the answers were given before `at`."""
        place = bisect_right(self._times, at)
        if place == 0:
            return 0.0
        if place == len(self._times):
            return 1.0
        then, next_ = self._times[place - 1], self._times[place]
        low, high = self._shares[place - 1], self._shares[place]
        return low + (high - low) * ((at - then) / (next_ - then))

    def moment(self, share: float) -> datetime:
        """When that share of the answers had been given."""
        place = min(max(1, bisect_left(self._shares, share)), len(self._shares) - 1)
        low, high = self._shares[place - 1], self._shares[place]
        then, next_ = self._times[place - 1], self._times[place]
        return then + (next_ - then) * ((share - low) / (high - low) if high > low else 0.0)


@dataclass(frozen=True, slots=True)
class Frame:
    """The two scales of the picture."""

    course: Course
    values: Scale

    @classmethod
    def around(cls, history: QualityHistory) -> "Frame":
        """Room for every point and its interval."""
        points = [*history.points, *history.candidates]
        low, high = min(p.low for p in points), max(p.high for p in points)
        room = (high - low) * 0.08 or 0.01
        return cls(Course(history.points), Scale(low - room, high + room))

    def x(self, at: datetime) -> float:
        """The share of the width at which a time lies, a little off the edges."""
        return EDGE + (1 - 2 * EDGE) * self.course.share(at)


def quality_chart(history: QualityHistory, marks: Sequence[Mark], unit: Unit) -> Html:
    """The picture with its axes; needs at least one point."""
    points, candidates = history.points, history.candidates
    inside = [m for m in marks if m.at >= points[0].since]
    frame = Frame.around(history)
    plot = titled(
        "quality-chart",
        f"{history.metric} over time",
        _described(history, unit),
        *_grid(frame),
        shapes(
            *(_stretch(frame, run, "candidate") for run in _runs(candidates)),
            *(_stretch(frame, run, "champion") for run in _runs(points)),
        ),
        *(_mark(frame, mark) for mark in inside),
        *(_dot(frame, point, unit, "candidate") for point in candidates),
        *(_dot(frame, point, unit, "champion") for point in points),
        class_="plot",
    )
    return element("div", _values(frame, unit), plot, _times(frame), class_="chart")


def quality_table(history: QualityHistory, unit: Unit) -> Html:
    """The same as numbers."""
    rows = (
        element(
            "tr",
            element("td", f"{p.since:%Y-%m-%d %H:%M:%S}"),
            element("td", f"{p.model}@{p.version}"),
            element("td", count(p.rows)),
            element("td", amount(p.value, unit)),
            element("td", span(p.low, p.high, unit)),
        )
        for p in sorted((*history.points, *history.candidates), key=lambda p: p.since, reverse=True)
    )
    heads = ("from (UTC)", "version", "answers", history.metric, "95% interval")
    head = element("tr", (element("th", name, scope="col") for name in heads))
    table = element("table", element("thead", head), element("tbody", rows))
    return element(
        "details",
        element("summary", "As a table"),
        element("div", table, class_="scroll", tabindex=0, role="region", aria_label="Quality as a table"),
        id="quality-table",
    )


def _runs(points: Sequence[QualityPoint]) -> Iterator[list[QualityPoint]]:
    """Points of one champion: the line breaks where another one answers."""
    for _, run in groupby(points, key=lambda p: (p.model, p.version)):
        yield list(run)


def _middle(point: QualityPoint) -> datetime:
    return point.since + (point.until - point.since) / 2


def _stretch(frame: Frame, run: Sequence[QualityPoint], tone: str) -> Html:
    """Band and line of one champion, from the beginning of its first window to the end of its last."""
    first, last = run[0], run[-1]
    at = [frame.x(first.since), *(frame.x(_middle(p)) for p in run), frame.x(last.until)]
    padded = [first, *run, last]
    highs = [(x, frame.values.at(p.high)) for x, p in zip(at, padded, strict=True)]
    lows = [(x, frame.values.at(p.low)) for x, p in zip(at, padded, strict=True)]
    line = [(x, frame.values.at(p.value)) for x, p in zip(at, padded, strict=True)]
    return joined(
        element("path", d=path([*highs, *reversed(lows)], closed=True), class_=f"band {tone}"),
        element("path", d=path(line), class_=f"line {tone}"),
    )


def _grid(frame: Frame) -> Iterator[Html]:
    for value in ticks(frame.values.low, frame.values.high):
        y = percent(1 - frame.values.at(value))
        yield element("line", x1="0", x2="100%", y1=y, y2=y, class_="grid")


def _values(frame: Frame, unit: Unit) -> Html:
    marks = ticks(frame.values.low, frame.values.high)
    step = marks[1] - marks[0] if len(marks) > 1 else 1.0
    digits = 0 if step >= 0.0099 else 1
    labels = (
        element(
            "text",
            f"{v:.{digits}%}" if unit == "share" else f"{v:.4g}",
            x="100%",
            y=percent(1 - frame.values.at(v)),
            dy="0.35em",
            text_anchor="end",
        )
        for v in marks
    )
    return element("svg", *labels, class_="axis values", width="100%", height="100%", aria_hidden="true")


def _times(frame: Frame) -> Html:
    """When so many of the answers had been given, from the first to the newest."""
    shares = [place / (LABELS - 1) for place in range(LABELS)]
    moments = [frame.course.moment(share) for share in shares]
    length = moments[-1] - moments[0]
    form = (
        "%H:%M:%S" if length < timedelta(minutes=10) else "%H:%M" if length < timedelta(days=1) else "%d %b"
    )
    anchors = ("start", *("middle" for _ in shares[2:]), "end")
    labels = (
        element(
            "text",
            f"{at:{form}}",
            x=percent(EDGE + (1 - 2 * EDGE) * share),
            y="1em",
            text_anchor=anchor,
            class_="between" if anchor == "middle" else None,
        )
        for share, at, anchor in zip(shares, moments, anchors, strict=True)
    )
    return element("svg", labels, class_="axis times", width="100%", height="100%", aria_hidden="true")


def _mark(frame: Frame, mark: Mark) -> Html:
    x = percent(frame.x(mark.at))
    told = f"{mark.says} ({mark.at:%Y-%m-%d %H:%M:%S} UTC)"
    return element(
        "g",
        element("title", told),
        element("line", x1=x, x2=x, y1="16", y2="100%", class_="when"),
        element("circle", cx=x, cy="9", r="9"),
        element("text", mark.sign, x=x, y="9", dy="0.35em", text_anchor="middle"),
        class_=f"mark {mark.tone}",
        data_tip=told,
    )


def _dot(frame: Frame, point: QualityPoint, unit: Unit, tone: str) -> Html:
    x, y = percent(frame.x(_middle(point))), percent(1 - frame.values.at(point.value))
    told = _told(point, unit)
    return element(
        "g",
        element("title", told),
        element("circle", cx=x, cy=y, r="10", class_="reach"),
        element("circle", cx=x, cy=y, r="2.5", class_="dot"),
        class_=f"point {tone}",
        data_tip=told,
    )


def _told(point: QualityPoint, unit: Unit) -> str:
    return (
        f"{amount(point.value, unit)} ({span(point.low, point.high, unit)}) on {count(point.rows)} answers of "
        f"{point.model}@{point.version}, {point.since:%Y-%m-%d %H:%M:%S} to {point.until:%H:%M:%S} UTC"
    )


def _described(history: QualityHistory, unit: Unit) -> str:
    first, last = history.points[0], history.points[-1]
    return (
        f"{len(history.points)} windows of answers whose truth is known, each with its 95% interval. The first: "
        f"{_told(first, unit)}. The newest: {_told(last, unit)}. {history.better.capitalize()} is better."
    )
