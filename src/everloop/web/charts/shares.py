"""Who answers what share of the requests, as one bar."""

from collections.abc import Sequence

from everloop.web.charts.plot import percent
from everloop.web.html import Html, element


def shares_bar(shares: Sequence[tuple[str, float]]) -> Html:
    """One stretch of the bar for each (tone, share); the shares add up to 1. The legend beside it has the words."""
    stretches, start = [], 0.0
    for tone, share in shares:
        stretches.append(
            element("rect", x=percent(start), width=percent(share), y="0", height="100%", class_=f"is-{tone}")
        )
        start += share
    return element("svg", *stretches, class_="shares", width="100%", height="12", aria_hidden="true")
