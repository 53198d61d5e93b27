"""The candidate's way: where its cycle is, and what each guardrail says of it."""

from dataclasses import dataclass
from typing import Literal

from everloop.loop.rolling import quality_of
from everloop.loop.story import newest_verdicts
from everloop.records.cycle import Cycle
from everloop.records.durations import in_words
from everloop.records.verdict import Verdict
from everloop.web.charts.interval import interval
from everloop.web.components import Tone, capital, measured, nothing, part, pill, prose, verdict_pill, version
from everloop.web.figures import Unit, amount, count
from everloop.web.html import Child, Html, element, joined
from everloop.web.moments import ago
from everloop.web.seen import Seen

ENDED: dict[str, Tone] = {"promoted": "good", "refused": "bad", "rolled_back": "bad", "failed": "bad"}
ORDER = ("pinning", "fitting", "judging", "waiting", "rolling")


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the way."""

    name: str
    state: Literal["done", "now", "todo", "failed"]
    note: str = ""


def rollout_part(seen: Seen) -> Html:
    """The open cycle, or how the newest one ended."""
    cycle = seen.cycle
    if cycle is None:
        return nothing("rollout")
    verdicts = _verdicts(seen, cycle)
    return part(
        "rollout",
        joined("Cycle ", element("span", cycle.id, class_="mono")),
        element("p", _headline(cycle, seen), class_="lead"),
        element("ol", (_step(step) for step in steps(cycle)), class_="steps"),
        _missing(verdicts) if cycle.state in ("rolling", "judging") else None,
        _evidence(verdicts, seen, cycle) if verdicts else None,
        class_="wide",
        aside=_state(cycle, seen),
    )


def steps(cycle: Cycle) -> list[Step]:
    """From the data to all of the traffic; a proposal begins at the gates."""
    early = [("pinning", "Data"), ("fitting", "Fit")] if cycle.dataset else []
    asks = cycle.policy.mode == "propose" and (cycle.approved is None or cycle.state == "waiting")
    waits = [("waiting", "Approval")] if asks or cycle.state == "waiting" else []
    before = [*early, ("judging", "Gates"), *waits]
    if cycle.ending:
        return _ended(cycle, [name for _, name in before])
    at = ORDER.index(cycle.state) if cycle.state in ORDER else len(ORDER)
    found = [Step(name, _when(ORDER.index(state), at)) for state, name in before]
    stage = cycle.stage if cycle.state == "rolling" else -1
    bake = f"bakes {in_words(cycle.policy.rollout.bake)}"
    shares = [*cycle.policy.rollout.steps]
    for place, share in enumerate(shares):
        state = _when(place, stage) if cycle.state == "rolling" else "todo"
        found.append(Step(f"{share:.0%}", state, bake if state == "now" else ""))
    return found if shares[-1] == 1.0 else [*found, Step("100%", "todo")]


def _ended(cycle: Cycle, before: list[str]) -> list[Step]:
    """How far it came."""
    rolled = cycle.rolling_since is not None
    shares = [f"{share:.0%}" for share in cycle.policy.rollout.steps]
    if cycle.ending == "promoted":
        every = [*before, *shares] if shares[-1] == "100%" else [*before, *shares, "100%"]
        return [Step(name, "done") for name in every]
    if rolled:
        done = [Step(name, "done") for name in [*before, *shares[: cycle.stage]]]
        return [*done, Step(shares[cycle.stage], "failed", cycle.ending.replace("_", " "))]
    reached = max(0, _reached(cycle, before))
    last = Step(before[reached], "failed", cycle.ending.replace("_", " "))
    return [*(Step(name, "done") for name in before[:reached]), last]


def _reached(cycle: Cycle, before: list[str]) -> int:
    """The last of the steps before the rollout that a cycle came to."""
    if cycle.judged or cycle.candidate is not None:
        return before.index("Gates")
    return before.index("Fit") if "Fit" in before and cycle.data is not None else 0


def _when(place: int, at: int) -> Literal["done", "now", "todo"]:
    return "done" if place < at else "now" if place == at else "todo"


def _step(step: Step) -> Html:
    note = element("small", step.note) if step.note else None
    word = {"done": "done", "now": "now", "todo": "to come", "failed": "ended here"}[step.state]
    hidden = element("span", f" ({word})", class_="hidden")
    current = "step" if step.state == "now" else None
    return element(
        "li",
        element("span", step.name, class_="step-name"),
        hidden,
        note,
        class_=step.state,
        aria_current=current,
    )


def _answers_no_more(cycle: Cycle, seen: Seen) -> bool:
    """Whether who was promoted has lost its place since: only a rollback, or another deployment, does that."""
    return (
        cycle.ending == "promoted"
        and seen.status is not None
        and seen.status.champion != str(cycle.candidate)
    )


def _state(cycle: Cycle, seen: Seen) -> Html:
    if cycle.ending:
        tone = "quiet" if _answers_no_more(cycle, seen) else ENDED.get(cycle.ending, "quiet")
        return pill(cycle.ending.replace("_", " "), tone)
    if cycle.state == "rolling":
        return pill(f"{cycle.policy.rollout.steps[cycle.stage]:.0%} of the traffic", "candidate")
    return pill(cycle.state, "wait" if cycle.state == "waiting" else "quiet")


def _headline(cycle: Cycle, seen: Seen) -> Html:
    who = version(str(cycle.candidate), "candidate") if cycle.candidate else None
    against = version(str(cycle.champion), "champion")
    if cycle.ending:
        told = ago(cycle.closed_at or cycle.moved_at, seen.now)
        said = joined(" ", prose(capital(cycle.reason.rstrip("."))), "." if cycle.reason else None)
        ended = joined(who, " " if who else None, cycle.ending.replace("_", " "), " ", told, ".", said)
        if not _answers_no_more(cycle, seen) or seen.status is None:
            return ended
        return joined(ended, " It answers no more: ", version(seen.status.champion, "champion"), " does.")
    causes = "; ".join(cause.detail.rstrip(".") for cause in cycle.causes[:2])
    because = joined(" Because ", prose(causes), ".") if causes else None
    if who is None:
        return joined("A successor of ", against, " is on its way.", because)
    return joined(who, " against ", against, ".", because)


def _verdicts(seen: Seen, cycle: Cycle) -> tuple[Verdict, ...]:
    """As of now where the rollout is under way, else as they were last written down."""
    now = seen.next.verdicts if seen.next is not None and seen.next.cycle == cycle.id else ()
    return now or newest_verdicts(cycle)


def _missing(verdicts: tuple[Verdict, ...]) -> Html | None:
    """How many outcomes the verdict on quality still waits for."""
    quality = quality_of(verdicts)
    if quality is None or quality.verdict != "undecided":
        return None
    if quality.more_rows is None:
        told: Child = f"{count(quality.rows)} outcomes so far; nobody can say yet how many decide it."
        return element("p", told, class_="missing")
    whole = quality.rows + quality.more_rows
    return element(
        "p",
        element("strong", f"About {count(quality.more_rows)} more outcomes"),
        f" decide it; {count(quality.rows)} are there. ",
        element(
            "progress", value=quality.rows, max=whole, aria_label="Outcomes, of about as many as decide it"
        ),
        class_="missing",
    )


def _evidence(verdicts: tuple[Verdict, ...], seen: Seen, cycle: Cycle) -> Html:
    """Estimates with their intervals, and what does not pass; plain checks that passed are counted below."""
    passed = [v for v in verdicts if v.verdict == "pass" and v.low is None and v.high is None]
    told = [v for v in verdicts if v not in passed]
    heads = ("what", "verdict", "value and interval", "limit", "rows")
    head = element("tr", (element("th", name, scope="col") for name in heads))
    rows = (_row(v, unit_of(v, seen, cycle)) for v in told)
    caption = element("caption", "What the decision rests on", class_="hidden")
    table = element("table", caption, element("thead", head), element("tbody", rows), class_="evidence")
    return joined(table if told else None, _checks(passed))


def _checks(passed: list[Verdict]) -> Html | None:
    if not passed:
        return None
    items = (
        element("li", element("strong", capital(v.name)), " ", prose(_reason(v)), class_="check")
        for v in passed
    )
    summary = element("summary", f"{len(passed)} check{'s' if len(passed) > 1 else ''} passed")
    return element("details", summary, element("ul", items, class_="checks"), id="rollout-checks")


def _row(verdict: Verdict, unit: Unit) -> Html:
    signed = unit == "points"
    between = verdict.low is not None or verdict.high is not None
    value = measured(verdict.value, verdict.low, verdict.high, unit, signed=signed) if between else None
    limit = "–" if verdict.limit is None or not between else amount(verdict.limit, unit, signed=signed)
    return element(
        "tr",
        element(
            "th", capital(verdict.name), element("p", prose(_reason(verdict)), class_="reason"), scope="row"
        ),
        element("td", verdict_pill(verdict), class_="verdict"),
        element("td", value, interval(verdict) if between else None, class_="value"),
        element("td", limit, class_="limit", data_label="limit"),
        element("td", count(verdict.rows), class_="rows", data_label="rows"),
    )


def _name(verdict: Verdict) -> str:
    """What was judged, and against whom where the same is judged against several."""
    against = verdict.inputs.get("against")
    return capital(verdict.name) + (f", against {against}" if against else "")


def _reason(verdict: Verdict) -> str:
    return capital(verdict.reason.removeprefix(f"{verdict.name}: "))


def unit_of(verdict: Verdict, seen: Seen, cycle: Cycle) -> Unit:
    """In which unit a verdict's value is told."""
    if verdict.policy in ("G001", "G002"):
        metric = verdict.name if verdict.gate else cycle.policy.rollout.metric
        return "points" if seen.unit_of("" if metric == "quality" else metric) == "share" else "plain"
    units: dict[str, Unit] = {"G003": "points", "G004": "ms", "G005": "share"}
    return units.get(verdict.policy, "plain")
