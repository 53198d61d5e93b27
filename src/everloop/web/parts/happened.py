"""What happened lately, and why."""

from everloop.records.event import Event
from everloop.web.components import Tone, capital, part, prose, version
from everloop.web.html import Html, element, joined
from everloop.web.moments import ago
from everloop.web.seen import Seen

CROWNING = ("deploy", "promote", "roll_back", "watch")
SHOWN = 12
LONGER = 50

HEADLINES: dict[str, str] = {
    "deploy": "Deployed",
    "watch": "Watched where it is served",
    "propose": "Proposed",
    "turn_loop": "Cycle opened",
    "pin_data": "Data pinned",
    "fit_candidates": "Candidates fitted",
    "gates_undecided": "Gates want more rows",
    "ask_for_approval": "Gates passed, approval asked for",
    "approve": "Approved",
    "start_rollout": "Rollout begun",
    "widen_rollout": "Rollout widened",
    "promote": "Promoted",
    "roll_back_candidate": "Rolled back",
    "roll_back": "Rolled back by hand",
    "refuse_candidate": "Refused",
    "reject": "Rejected",
    "observe_candidate": "Observed",
    "cancel_cycle": "Cancelled",
    "fail_cycle": "Cycle failed",
    "close_cycle": "Report written",
    "raise_alerts": "Alert",
    "close_alerts": "Alert closed",
    "declare_loop": "Loop declared",
    "pause_loop": "Paused",
    "resume_loop": "Resumed",
}
TONES: dict[str, Tone] = {
    "promote": "good",
    "approve": "good",
    "deploy": "champion",
    "watch": "champion",
    "start_rollout": "candidate",
    "widen_rollout": "candidate",
    "ask_for_approval": "wait",
    "gates_undecided": "wait",
    "raise_alerts": "wait",
    "roll_back": "bad",
    "roll_back_candidate": "bad",
    "refuse_candidate": "bad",
    "reject": "bad",
    "fail_cycle": "bad",
    "close_alerts": "good",
}


def happened_part(seen: Seen) -> Html:
    """The newest events, the latest first; the older ones one click away."""
    if not seen.events:
        told: tuple[Html, ...] = (element("p", "Nothing has happened here yet.", class_="muted"),)
    else:
        newest = [_event(event, seen) for event in reversed(seen.events)]
        told = (element("ol", newest[:SHOWN], class_="events"),)
        if len(newest) > SHOWN:
            older = element("ol", newest[SHOWN:LONGER], class_="events")
            told = (*told, element("details", element("summary", "Earlier"), older, id="earlier"))
    return part("happened", "What happened, and why", *told, class_="wide")


def _event(event: Event, seen: Seen) -> Html:
    headline = "Proposed" if _is_proposal(event) else HEADLINES.get(event.action, event.action)
    who = "by itself" if event.actor.kind == "system" else f"by {event.actor.name}"
    return element(
        "li",
        element("span", class_=f"bead {TONES.get(event.action, 'quiet')}", aria_hidden="true"),
        element(
            "div",
            element("p", element("strong", headline), *_versions(event), class_="headline"),
            element("p", prose(_reason(event)), class_="reason") if event.reason else None,
        ),
        element("p", ago(event.at, seen.now), element("span", f" {who}"), class_="when"),
        id=f"event-{event.sequence}",
    )


def _reason(event: Event) -> str:
    reason = event.reason.replace("_", " ") if event.action == "close_cycle" else event.reason
    return capital(reason)


def _versions(event: Event) -> list[Html]:
    told = []
    candidate, champion = event.after.get("candidate"), event.after.get("champion")
    if candidate and event.action != "promote":
        told.append(joined(" ", version(str(candidate), "candidate")))
    elif champion and event.action in CROWNING:
        told.append(joined(" ", version(str(champion), "champion")))
    share = event.after.get("share")
    if isinstance(share, float | int) and event.action in ("start_rollout", "widen_rollout"):
        told.append(element("span", f" {share:.0%} of the traffic"))
    return told


def _is_proposal(event: Event) -> bool:
    return event.action == "deploy" and "candidate" in event.after
