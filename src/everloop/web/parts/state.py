"""The first thing that one reads: how the endpoint is, and what its loop would do next, and why."""

import re

from everloop.actions.queries.next_step import Next, TriggerNews
from everloop.web.components import Tone, capital, commands, nothing, part, pill, prose, version
from everloop.web.html import Html, element, joined
from everloop.web.moments import ago, lasting
from everloop.web.seen import Seen

EXACT = re.compile(r" \(until [^()]*\)")
TRIGGERS = {"outcomes": "outcomes", "drift": "drift", "schedule": "time"}


def state_part(seen: Seen) -> Html:
    """Headline, state, and the next step in words; without an endpoint, how to get one."""
    if not seen.endpoint:
        return _welcome(seen)
    word, tone = state_of(seen)
    return element(
        "section",
        element(
            "div",
            element("p", "endpoint", class_="eyebrow"),
            element("h1", seen.endpoint, id="state-title"),
            class_="who",
        ),
        pill(word, tone),
        element("p", _sentence(seen), class_="lead"),
        id="state",
        class_="hero",
        aria_labelledby="state-title",
    )


def next_part(seen: Seen) -> Html:
    """What the loop would do now, and what each of its triggers waits for."""
    step = seen.next
    if step is None:
        return nothing("next")
    told = [element("p", prose(_says(step)), class_="says")]
    if step.until is not None:
        told.append(element("p", "At the latest ", ago(step.until, seen.now), ".", class_="note muted"))
    if step.cycle and step.held:
        told.append(
            element("p", prose(f"After this cycle nothing turns by itself: {step.held}."), class_="note")
        )
    triggers = (
        element("ul", (_trigger(t) for t in step.triggers), class_="triggers") if step.triggers else None
    )
    mode = pill(f"mode {step.mode}") if step.mode else None
    return part("next", "What comes next, and why", *told, triggers, aside=mode)


def _says(step: Next) -> str:
    """Without what other parts of the page show already: where the cycle is, and the exact time."""
    says = step.says.partition("; ")[2] or step.says if step.cycle else step.says
    return capital(EXACT.sub("", says))


def state_of(seen: Seen) -> tuple[str, Tone]:
    """The endpoint's state in a word or two."""
    if seen.status is None:
        return "nothing answers yet", "quiet"
    if seen.serving is None:
        return "not served", "bad"
    cycle = seen.open
    if cycle is not None:
        words: dict[str, tuple[str, Tone]] = {
            "rolling": ("rolling out", "candidate"),
            "waiting": ("waits for approval", "wait"),
            "judging": ("at the gates", "candidate"),
            "fitting": ("fitting", "candidate"),
            "pinning": ("gathering data", "candidate"),
        }
        return words.get(cycle.state, (cycle.state, "quiet"))
    if seen.standing is not None and seen.standing.paused:
        return "paused", "wait"
    if seen.monitoring is not None and seen.monitoring.alerts:
        return "alerts open", "wait"
    if seen.standing is not None and seen.standing.cool_until and seen.standing.cool_until > seen.now:
        return "cooling down", "quiet"
    return ("watching", "good") if seen.loop else ("no loop", "quiet")


def _sentence(seen: Seen) -> Html:
    if seen.status is None or seen.crowned is None:
        return joined(prose(seen.next.says if seen.next else ""))
    champion = version(seen.status.champion, "champion")
    since = joined(champion, " has answered for ", lasting(seen.crowned.at, seen.now), ".")
    cycle = seen.open
    if cycle is None or cycle.candidate is None:
        return since
    candidate = version(str(cycle.candidate), "candidate")
    if cycle.state == "rolling":
        share = f"{cycle.policy.rollout.steps[cycle.stage]:.0%}"
        return joined(since, " ", candidate, f" proves itself on {share} of the traffic.")
    if cycle.state == "waiting":
        return joined(since, " ", candidate, " has passed its gates and waits for a person.")
    return joined(since, " ", candidate, " is looked at by the gates.")


def _trigger(news: TriggerNews) -> Html:
    word = pill("fires", "candidate") if news.fires else pill("waits")
    name = element("strong", TRIGGERS.get(news.kind, news.kind))
    return element("li", word, " ", name, element("span", " ", prose(news.says), class_="reason"))


def _welcome(seen: Seen) -> Html:
    name = seen.project
    return element(
        "section",
        element("p", "project", class_="eyebrow"),
        element("h1", name, id="state-title"),
        element("p", "Nothing answers here yet. Two commands put a model behind an endpoint:", class_="lead"),
        commands(f"everloop train {name}", f"everloop deploy {name}@1 {name}"),
        element(
            "p",
            "No table of your own yet? ",
            element("code", "everloop demo"),
            " shows the whole story on handwritten digits. This page follows by itself.",
            class_="muted",
        ),
        id="state",
        class_="hero welcome",
        aria_labelledby="state-title",
    )
