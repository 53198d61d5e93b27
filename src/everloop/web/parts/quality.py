"""How good the answers are: accuracy, or the error of numbers, over time."""

from everloop.actions.queries.quality_history import QualityHistory
from everloop.records.event import Event
from everloop.web.charts.quality import Mark, quality_chart, quality_table
from everloop.web.components import commands, measured, part, prose
from everloop.web.figures import Unit, count
from everloop.web.html import Html, element
from everloop.web.parts.happened import HEADLINES
from everloop.web.seen import Seen

NAMES = {"mae": "Mean absolute error", "mean_absolute_error": "Mean absolute error"}
MARKED = {
    "deploy": ("★", "champion"),
    "promote": ("↑", "good"),
    "refuse_candidate": ("✕", "bad"),
    "roll_back_candidate": ("↩", "bad"),
    "roll_back": ("↩", "bad"),
    "raise_alerts": ("!", "wait"),
}
LEGEND = (
    ("↑", "good", "promoted"),
    ("✕", "bad", "refused"),
    ("↩", "bad", "rolled back"),
    ("!", "wait", "alert"),
)


def quality_part(seen: Seen) -> Html:
    """The chart, or what to send so that there is one."""
    history = seen.history
    if history is None or not history.points:
        return part("quality", "Quality over time", *_teaching(seen), class_="wide")
    unit = seen.unit_of(history.metric)
    newest = history.points[-1]
    now = element(
        "p",
        measured(newest.value, newest.low, newest.high, unit, signed=False),
        element("span", f" on the newest {count(newest.rows)} answers", class_="muted"),
        _whole(history, unit),
        class_="now",
    )
    return part(
        "quality",
        f"{NAMES.get(history.metric, history.metric.capitalize())} over time",
        quality_chart(history, marks(seen.events), unit),
        element("p", " ", id="quality-tip", class_="tip", data_keep=True),
        _legend(),
        quality_table(history, unit),
        class_="wide",
        aside=now,
    )


def _whole(history: QualityHistory, unit: Unit) -> Html | None:
    """The same on all of the version that the newest window is of, where that is more."""
    whole, newest = history.newest, history.points[-1]
    if whole is None or whole.rows <= newest.rows:
        return None
    value = measured(whole.value, whole.low, whole.high, unit, signed=False)
    of = f" on the {count(whole.rows)} of {whole.model}@{whole.version} that are drawn here"
    return element("span", "; ", value, of, class_="muted")


def marks(events: tuple[Event, ...]) -> list[Mark]:
    """What is drawn of the events."""
    found = []
    for event in events:
        if event.action not in MARKED or (event.action == "deploy" and "candidate" in event.after):
            continue
        sign, tone = MARKED[event.action]
        says = HEADLINES.get(event.action, event.action)
        who = event.after.get("candidate") if event.action != "deploy" else event.after.get("champion")
        said = f"{says}{f' {who}' if who else ''}: {event.reason}".rstrip(": ")
        found.append(Mark(at=event.at, sign=sign, tone=tone, says=said))
    return found


def _legend() -> Html:
    items = (
        element("li", element("span", sign, class_=f"sign {tone}", aria_hidden="true"), f" {word}")
        for sign, tone, word in LEGEND
    )
    return element(
        "ul",
        element("li", element("span", class_="swatch"), " value and 95% interval of each window"),
        items,
        class_="legend",
    )


def _teaching(seen: Seen) -> tuple[Html, ...]:
    if seen.status is None:
        return (element("p", "Once something answers, its quality is drawn here.", class_="muted"),)
    name, outcome = seen.endpoint, seen.status.outcome
    url = seen.serving.url if seen.serving else "http://127.0.0.1:8080"
    return (
        element(
            "p",
            prose(
                "No answer has its truth yet. When you learn what really happened, send it back under the id that "
                f"came with the answer, as `{outcome}`:"
            ),
        ),
        commands(
            f"curl {url}/endpoints/{name}/outcomes \\",
            "  -H 'Content-Type: application/json' \\",
            f'  -d \'{{"outcomes": [{{"id": "ID", "name": "{outcome}", "value": VALUE}}]}}\'',
        ),
    )
