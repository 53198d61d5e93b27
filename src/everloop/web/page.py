"""The page of an endpoint: its frame, and the list of its parts."""

from collections.abc import Callable

from everloop.web.assets import url_of_asset
from everloop.web.components import prose
from everloop.web.html import Child, Html, document, element
from everloop.web.parts.alerts import alerts_part
from everloop.web.parts.champion import champion_part
from everloop.web.parts.decide import decide_part
from everloop.web.parts.drift import drift_part
from everloop.web.parts.happened import happened_part
from everloop.web.parts.plane import plane_part
from everloop.web.parts.quality import quality_part
from everloop.web.parts.rollout import rollout_part
from everloop.web.parts.state import next_part, state_part
from everloop.web.parts.traffic import traffic_part
from everloop.web.seen import Seen
from everloop.web.sessions import Notice, Session

PARTS: dict[str, Callable[[Seen], Html]] = {  # by the ids of their elements, in the order of the page
    "plane": plane_part,
    "state": state_part,
    "rollout": rollout_part,
    "quality": quality_part,
    "champion": champion_part,
    "traffic": traffic_part,
    "next": next_part,
    "alerts": alerts_part,
    "drift": drift_part,
    "happened": happened_part,
}


def rendered(seen: Seen) -> dict[str, Html]:
    """Every part as it is now, the same for everybody who looks."""
    if not seen.endpoint:
        return {"plane": plane_part(seen), "state": state_part(seen)}
    return {name: part(seen) for name, part in PARTS.items()}


def page(seen: Seen, session: Session) -> bytes:
    """The whole page, as it works without a script too."""
    parts = rendered(seen)
    notice, session.notice = session.notice, None
    main = element(
        "main",
        _notice(notice),
        parts["state"],
        decide_part(seen, session.form_token) if seen.endpoint else None,
        _cards(parts) if seen.endpoint else None,
        id="main",
        tabindex=-1,
    )
    head = element(
        "header",
        element("a", "Skip to the page", href="#main", class_="skip"),
        element("div", _brand(seen), _endpoints(seen), class_="left"),
        element("div", parts["plane"], _live(seen), _sign_out(session), class_="right"),
        class_="top",
    )
    title = f"{seen.endpoint} – Everloop" if seen.endpoint else "Everloop"
    return _framed(title, element("body", head, main, _foot()), script=True)


def _cards(parts: dict[str, Html]) -> Html:
    """In the order in which they are read on a phone."""
    first = (parts[name] for name in ("rollout", "quality", "champion", "traffic"))
    stack = element("div", parts["next"], parts["alerts"], class_="stack")
    return element("div", first, stack, parts["drift"], parts["happened"], class_="cards")


def message_page(title: str, text: str) -> bytes:
    """A page with one thing to say; its `commands` stand between backticks."""
    body = element("body", element("main", element("h1", title), element("p", prose(text)), class_="message"))
    return _framed(f"{title} – Everloop", body)


def entered_page() -> bytes:
    """Goes on to `/` by itself. A redirect would not carry the new cookie where the link was on another site's page."""
    go_on = element("meta", http_equiv="refresh", content="0;url=/")
    body = element("body", element("main", element("p", element("a", "Go on", href="/")), class_="message"))
    return _framed("Everloop", body, go_on)


def _framed(title: str, body: Html, further: Child = None, *, script: bool = False) -> bytes:
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("title", title),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="color-scheme", content="light dark"),
        element("link", rel="icon", href=url_of_asset("mark.svg"), type="image/svg+xml"),
        element("link", rel="stylesheet", href=url_of_asset("page.css")),
        element("script", src=url_of_asset("live.js"), defer=True) if script else None,
        further,
    )
    return document(element("html", head, body, lang="en"))


def _brand(seen: Seen) -> Html:
    mark = element(
        "svg",
        element("path", d="M6 16c0-5 7-5 10 0s10 5 10 0-7-5-10 0-10 5-10 0z", class_="loop"),
        viewBox="0 0 32 32",
        width="28",
        height="28",
        aria_hidden="true",
    )
    name = element("span", "Everloop", class_="wordmark")
    return element("a", mark, name, href="/", class_="brand", title=f"Project {seen.project}")


def _endpoints(seen: Seen) -> Html | None:
    """Every endpoint, to choose from."""
    if not seen.endpoints:
        return None
    links = (
        element(
            "li",
            element("a", name, href=f"/page/{name}", aria_current="page" if name == seen.endpoint else None),
        )
        for name in seen.endpoints
    )
    return element("nav", element("ul", links), aria_label="Endpoints", id="endpoints")


def _live(seen: Seen) -> Html:
    """Says whether the page follows; the script fills it. Without a script it says how to see what is new."""
    told = element("span", "not live: reload for what is new", class_="live-text")
    url = f"/page/{seen.endpoint}/live" if seen.endpoint else "/live"
    dot = element("span", class_="live-dot", aria_hidden="true")
    return element(
        "p", dot, told, id="live", class_="live off", role="status", data_stream=url, data_keep=True
    )


def _sign_out(session: Session) -> Html:
    return element(
        "form",
        element("input", type="hidden", name="form-token", value=session.form_token),
        element("button", "Sign out", type="submit", class_="quiet-button"),
        method="post",
        action="/sign-out",
        class_="sign-out",
    )


def _notice(notice: Notice | None) -> Html:
    if notice is None:
        return element("div", id="notice", role="status")
    return element(
        "div", element("p", prose(notice.text), class_=f"notice {notice.tone}"), id="notice", role="status"
    )


def _foot() -> Html:
    text = "Numbers stand with their 95% intervals unless said otherwise. Everything here is also in "
    return element(
        "footer", element("p", text, element("code", "everloop why"), " and the control API.", class_="muted")
    )
