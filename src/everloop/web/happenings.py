"""The events of an endpoint, read a few at a time: what was seen once is not read again."""

from collections.abc import Callable
from typing import Any

from everloop.actions.queries.events import EventsQuery
from everloop.actions.registry import EVENTS
from everloop.records.event import Event
from everloop.web.seen import Crowned

FEW = 10  # at each look
MANY = 200  # where there may be more that are new
KEPT = 200
CROWNING = ("deploy", "promote", "roll_back", "watch")


class Happenings:
    """The newest events of an endpoint, and how its champion came to answer."""

    def __init__(self, ask: Callable[..., Any], endpoint: str) -> None:
        """`ask` performs an operation."""
        self._ask = ask
        self._subject = f"endpoint:{endpoint}"
        self._events: list[Event] = []
        self._champion = ""
        self.crowned: Crowned | None = None

    def events(self) -> tuple[Event, ...]:
        """As far as they were looked at, the newest last."""
        return tuple(self._events)

    def look(self, champion: str) -> None:
        """Read what is new; `champion` is the version that answers now."""
        new = self._newer(self._read(FEW))
        if len(new) == FEW:
            new = self._newer(self._read(MANY))
        self._events = [*self._events, *new][-KEPT:]
        if champion != self._champion or self.crowned is None or any(e.action in CROWNING for e in new):
            self.crowned = self._crowned(champion)
            self._champion = champion

    def _read(self, newest: int, action: str = "") -> tuple[Event, ...]:
        query = EventsQuery(newest=newest, subject=self._subject, action=action)
        found: tuple[Event, ...] = self._ask(EVENTS, query)
        return found

    def _newer(self, events: tuple[Event, ...]) -> list[Event]:
        last = self._events[-1].sequence if self._events else 0
        return [event for event in events if event.sequence > last]

    def _crowned(self, champion: str) -> Crowned | None:
        """The newest event that made this version answer; of a rollback the champion's own return."""
        found = [e for action in CROWNING for e in self._read(FEW, action) if _crowns(e, champion)]
        newest = max(found, key=lambda e: e.sequence, default=None)
        return Crowned(at=newest.at, action=newest.action, reason=newest.reason) if newest else None


def _crowns(event: Event, champion: str) -> bool:
    after = event.after
    if event.action == "deploy" and "candidate" in after:  # a proposal: somebody else goes on answering
        return False
    return after.get("champion") == champion and event.before.get("champion") != champion
