"""Who answers: the champion, since when and from which data, and the candidate beside it."""

from everloop.records.routes import CANDIDATE
from everloop.web.charts.shares import shares_bar
from everloop.web.components import capital, facts, part, prose, version
from everloop.web.figures import amount, count, share
from everloop.web.html import Html, element, joined
from everloop.web.moments import ago
from everloop.web.parts.happened import HEADLINES
from everloop.web.seen import Seen

METRICS = 2  # of the training, that are shown


def champion_part(seen: Seen) -> Html:
    """The champion's card."""
    status, champion = seen.status, seen.champion
    if status is None or champion is None:
        text = "Nothing answers here yet."
        return part("champion", "Champion", element("p", text, class_="muted"))
    return part(
        "champion",
        "Who answers",
        _shares(seen),
        facts(
            ("Champion", version(status.champion, "champion")),
            ("Since", _since(seen)),
            ("Learned from", element("span", champion.data)),
            ("On rows kept from its fit", _scores(seen)),
            ("Before it", version(status.previous, "quiet") if status.previous else None),
            ("Anchor", version(status.anchor, "quiet") if status.anchor != status.champion else None),
        ),
    )


def _shares(seen: Seen) -> Html:
    assert seen.status is not None
    variants = seen.status.variants
    shares = [("candidate" if v.name == CANDIDATE else "champion", v.share) for v in variants]
    legend = (
        element(
            "li",
            element("span", class_=f"swatch is-{tone}"),
            element("span", f" {v.model}@{v.version} ", class_="name"),
            element("strong", share(v.share, 0)),
        )
        for (tone, _), v in zip(shares, variants, strict=True)
    )
    return element("div", shares_bar(shares), element("ul", legend, class_="legend"), class_="split")


def _since(seen: Seen) -> Html | None:
    if seen.crowned is None:
        return None
    how = HEADLINES.get(seen.crowned.action, seen.crowned.action).lower()
    reason = (
        element("span", prose(capital(seen.crowned.reason)), class_="reason") if seen.crowned.reason else None
    )
    return joined(ago(seen.crowned.at, seen.now), element("span", f", {how}", class_="muted"), reason)


def _scores(seen: Seen) -> Html | None:
    champion = seen.champion
    if champion is None or not champion.metrics:
        return None
    first = list(champion.metrics.items())[:METRICS]
    told = ", ".join(f"{name.replace('_', ' ')} {amount(value, seen.unit_of(name))}" for name, value in first)
    return element("span", told, title=f"On {count(len(champion.signature.columns))} columns, in training")
