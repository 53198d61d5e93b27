"""What a person can do now: approve, reject, roll back. Each says what will happen before it does."""

from dataclasses import dataclass

from everloop.records.codec import digest_of
from everloop.web.components import nothing
from everloop.web.html import Html, element
from everloop.web.seen import Seen

LONGEST_REASON = 500  # characters


@dataclass(frozen=True, slots=True)
class Decision:
    """Something to decide. `expected` must still be so: a form of a minute ago must not act on what has come since."""

    action: str
    name: str
    says: str
    look: str
    expected: dict[str, str]


def decide_part(seen: Seen, form_token: str) -> Html:
    """The forms that make sense at this moment, for the browser whose token this is."""
    if seen.status is None:
        return nothing("decide")
    asked = (_approve(seen), _reject(seen), _roll_back(seen))
    forms = [_form(seen, form_token, decision) for decision in asked if decision is not None]
    if not forms:
        return nothing("decide")
    return element("section", forms, id="decide", class_="decide", aria_label="Decide")


def _approve(seen: Seen) -> Decision | None:
    cycle = seen.open
    if cycle is None or cycle.state not in ("judging", "waiting") or cycle.approved is not None:
        return None
    if cycle.policy.mode != "propose" or cycle.candidate is None:
        return None
    share = f"{cycle.policy.rollout.steps[0]:.0%}"
    when = "now" if cycle.state == "waiting" else "as soon as its gates have passed"
    says = (
        f"{cycle.candidate} gets {share} of the traffic {when}. It goes on to the next step only while nothing "
        "fails, and is taken back by itself if anything does."
    )
    return Decision("approve", "Approve", says, "primary", {"candidate": str(cycle.candidate)})


def _reject(seen: Seen) -> Decision | None:
    cycle = seen.open
    if cycle is None or cycle.state == "rolling":
        return None
    who = str(cycle.candidate) if cycle.candidate else "whatever it would have brought"
    says = f"Cycle {cycle.id} ends; {who} gets no traffic. {cycle.champion} goes on answering."
    return Decision("reject", "Reject", says, "", {"candidate": str(cycle.candidate or "")})


def _roll_back(seen: Seen) -> Decision | None:
    status, rolling = seen.status, seen.rolling
    assert status is not None
    if rolling is not None:
        says = f"{rolling.candidate} loses its traffic within a second; {status.champion} answers everything again."
    elif status.previous:
        says = f"{status.previous} answers again within a second, in the place of {status.champion}."
        if seen.open is not None:
            says += f" Cycle {seen.open.id} is cancelled."
    else:
        return None
    return Decision("roll-back", "Roll back", says, "danger", {"expected": status.champion})


def _form(seen: Seen, form_token: str, decision: Decision) -> Html:
    """A button that opens what will happen, a field for the reason, and the button that does it."""
    button = f"button {decision.look}".strip()
    reason = f"{decision.action}-reason"
    hidden = {"form-token": form_token, "moment": _moment(seen, decision.action), **decision.expected}
    return element(
        "details",
        element("summary", decision.name, class_=button),
        element(
            "form",
            element("p", decision.says),
            (element("input", type="hidden", name=name, value=value) for name, value in hidden.items()),
            element("label", "Reason, if you like", for_=reason),
            element("input", id=reason, name="reason", maxlength=LONGEST_REASON, autocomplete="off"),
            element("button", f"Yes, {decision.name.lower()}", type="submit", class_=button),
            method="post",
            action=f"/page/{seen.endpoint}/{decision.action}",
        ),
        id=f"do-{decision.action}",
        class_="action",
    )


def _moment(seen: Seen, action: str) -> str:
    """The same for as long as nothing moves: a form that is sent twice acts once."""
    assert seen.status is not None
    cycle = f"{seen.cycle.id}/{seen.cycle.step}" if seen.cycle else ""
    newest = seen.events[-1].sequence if seen.events else 0
    return digest_of(f"{action}|{seen.endpoint}|{seen.status.champion}|{cycle}|{newest}".encode())[:32]
