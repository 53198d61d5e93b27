"""How far each column has moved from the training window, the furthest first, against its limit."""

from everloop.monitoring.alerts import shows
from everloop.monitoring.judge import strength
from everloop.records.monitor import Monitored, MonitorWindow
from everloop.web.charts.plot import percent
from everloop.web.components import part, prose
from everloop.web.figures import amount, count, span
from everloop.web.html import Html, element
from everloop.web.moments import ago
from everloop.web.seen import Seen

SHOWN = 8
TWICE = 2.0  # the limit, at the right end of a bar


def drift_part(seen: Seen) -> Html:
    """Columns of the newest window, or how many answers fill the first."""
    monitoring = seen.monitoring
    if monitoring is None:
        return part("drift", "Drift by column", element("p", "Nothing answers here yet.", class_="muted"))
    if monitoring.inputs is None:
        return part("drift", "Drift by column", _waiting(monitoring.waiting, monitoring.window_rows))
    window = monitoring.inputs
    found = sorted((m for m in window.found if m.monitor == "drift"), key=lambda m: -strength(m.verdict))
    moved = sum(shows(m.verdict) for m in found)
    lines = [_line(m) for m in found]
    more = None
    if len(lines) > SHOWN:
        rest = element("ul", lines[SHOWN:], class_="bars")
        more = element(
            "details", element("summary", f"{len(lines) - SHOWN} more columns"), rest, id="drift-more"
        )
    limits = sorted({f"{m.verdict.method} {amount(m.verdict.limit)}" for m in found if m.verdict.limit})
    legend = element(
        "p",
        element("span", class_="swatch limit"),
        f" the limit: {', '.join(limits)}; the thin line is the interval",
        class_="note muted",
    )
    told = f"{moved} of {len(found)} moved" if moved else f"{len(found)} columns, none moved"
    return part(
        "drift",
        "Drift by column",
        element("ul", lines[:SHOWN], class_="bars"),
        more,
        legend,
        element("p", _window(window, seen), class_="note muted"),
        aside=element("span", told, class_="muted"),
    )


def _line(found: Monitored) -> Html:
    verdict = found.verdict
    what = f"{verdict.method or 'distance'} {amount(verdict.value or 0.0)}"
    moved = "✕ " if verdict.verdict == "fail" else ""
    told = f"{moved}{what} ({span(verdict.low, verdict.high)})"
    return element(
        "li",
        element("span", found.subject, class_="column", title=found.subject),
        _bar(found),
        element("span", told, class_="told"),
        class_=verdict.verdict,
        title=verdict.reason,
    )


def _bar(found: Monitored) -> Html:
    verdict = found.verdict
    at, low, high = (
        0.0 if value is None or not verdict.limit else min(1.0, value / verdict.limit / TWICE)
        for value in (verdict.value, verdict.low, verdict.high)
    )
    middle, half = "50%", percent(1 / TWICE)
    return element(
        "svg",
        element("rect", x="0", y="5", width="100%", height="8", rx="4", class_="rail"),
        element("rect", x="0", y="5", width=percent(at), height="8", rx="4", class_="bar"),
        element("line", x1=percent(low), x2=percent(high), y1=middle, y2=middle, class_="whisker"),
        element("line", x1=half, x2=half, y1="1", y2="17", class_="limit"),
        class_="drift-bar",
        width="100%",
        height="18",
        aria_hidden="true",
    )


def _window(window: MonitorWindow, seen: Seen) -> Html:
    return element(
        "span",
        f"Window {count(window.number)}, {count(window.rows)} answers, ",
        ago(window.until, seen.now),
        ". Compared with the rows that the champion learned from.",
    )


def _waiting(waiting: int, whole: int) -> Html:
    return element(
        "div",
        element("p", prose(f"The first window fills: {count(waiting)} of {count(whole)} answers are there.")),
        element("progress", value=min(waiting, whole), max=whole, aria_label="Answers in the first window"),
    )
