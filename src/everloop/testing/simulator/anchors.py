"""Whom later versions are held to: an oracle that follows the rules of docs/loop.md beside the product.

First the version that answers first; then whoever is promoted as better than the champion and than the anchor there
was. One that is promoted as no worse, or put in by hand, leaves it; who takes a champion back takes the anchor of its
time back as well.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from everloop.records.cycle import Cycle
from everloop.records.endpoint import Endpoint, VersionRef
from everloop.records.event import Event
from everloop.records.verdict import Verdict
from everloop.rollouts.watch import QUALITY


@dataclass(frozen=True, slots=True)
class Reign:
    """A champion, and who was the anchor in its time."""

    champion: VersionRef
    anchor: VersionRef


class Anchors:
    """The reigns of every endpoint, the newest last, as its events tell them."""

    def __init__(self) -> None:
        self._reigns: dict[str, list[Reign]] = {}

    def broken(self, endpoint: Endpoint, event: Event, cycle: Cycle | None) -> Iterator[str]:
        """What the transaction that wrote `endpoint` with this event broke; `cycle`: the one that it promoted."""
        reigns = self._reigns.setdefault(endpoint.name, [])
        if not reigns:
            reigns.append(Reign(endpoint.champion, endpoint.champion))
        elif event.action == "promote" and cycle is not None:
            yield from _crept(cycle, endpoint)
            better = _is_better(cycle)
            reigns.append(Reign(endpoint.champion, endpoint.champion if better else reigns[-1].anchor))
        elif event.action == "deploy":
            reigns.append(Reign(endpoint.champion, reigns[-1].anchor))
        elif event.action == "roll_back":
            reigns.pop()
        if not reigns or reigns[-1].champion != endpoint.champion:
            yield f"{event.action} made {endpoint.champion} the champion of {endpoint.name}, against its history"
        elif reigns[-1].anchor != endpoint.anchor:
            yield f"{endpoint.anchor} is the anchor of {endpoint.name}, it should be {reigns[-1].anchor}"


def opened(cycle: Cycle, endpoint: Endpoint) -> Iterator[str]:
    """What is broken where a cycle opens: its candidate has to be held to those of this time."""
    if (cycle.champion, cycle.anchor) != (endpoint.champion, endpoint.anchor):
        yield f"{cycle.id} opens against {cycle.champion} and {cycle.anchor}, not those of {endpoint.name}"


def _crept(cycle: Cycle, endpoint: Endpoint) -> Iterator[str]:
    """Losses within the margin may not add up: whoever follows one that is not the anchor is held to the anchor."""
    if cycle.anchor == cycle.champion:
        return
    if endpoint.target.truth == "reaction":
        if not _shown_better(_quality(cycle)):
            yield f"{cycle.candidate} was promoted as no worse than {cycle.champion}, which is not the anchor"
    elif not any(verdict.verdict == "pass" for verdict in _against_anchor(cycle)):
        yield f"{cycle.candidate} was promoted without being held to the anchor"


def _is_better(cycle: Cycle) -> bool:
    return _shown_better(_quality(cycle)) and all(map(_shown_better, _against_anchor(cycle)))


def _quality(cycle: Cycle) -> Verdict | None:
    return next((verdict for verdict in cycle.watched if verdict.name == QUALITY), None)


def _against_anchor(cycle: Cycle) -> list[Verdict]:
    mine = [
        verdict for each in cycle.judged if each.candidate == cycle.candidate for verdict in each.verdicts
    ]
    return [verdict for verdict in mine if "anchor" in str(verdict.inputs.get("against", ""))]


def _shown_better(verdict: Verdict | None) -> bool:
    return verdict is not None and verdict.low is not None and verdict.low > 0
