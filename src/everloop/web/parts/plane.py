"""The data plane in one line: whether predictions are answered at all."""

from everloop.web.components import pill
from everloop.web.html import Html, element
from everloop.web.seen import Seen


def plane_part(seen: Seen) -> Html:
    """In the head of the page."""
    serving = seen.serving
    if serving is None:
        told = pill("data plane down", "bad")
    elif serving.ready == 0:
        told = pill("workers load", "wait")
    else:
        workers = f"{serving.ready} worker{'' if serving.ready == 1 else 's'}"
        told = element(
            "span",
            workers,
            element("span", " at ", element("code", serving.url), class_="where"),
            class_="muted",
        )
    refused = [r for r in serving.refused if r.endpoint == seen.endpoint] if serving else []
    notes = [
        element("p", f"A worker refused a bundle: {r.reason}", role="alert", class_="refused")
        for r in refused
    ]
    return element("div", told, notes, id="plane", class_="plane")
