"""What happens at an endpoint, as it happens, in the words that a person wants to hear."""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from everloop.actions.queries.events import EventsQuery
from everloop.actions.registry import EVENTS
from everloop.records.event import Event

if TYPE_CHECKING:
    from everloop.workspace.client import Client

FEW, NEWEST = 10, 200  # events that one look takes in, where little happened and where much did
TOLD = {  # an event's action: how it is told
    "deploy": "deployed",
    "turn_loop": "turns",
    "propose": "proposed",
    "gates_undecided": "gates undecided",
    "refuse_candidate": "refused",
    "ask_for_approval": "waits for approval",
    "start_rollout": "rollout begins",
    "widen_rollout": "rollout widens",
    "promote": "promoted",
    "roll_back_candidate": "rolled back",
    "roll_back": "rolled back",
    "reject": "rejected",
    "observe_candidate": "observed",
    "cancel_cycle": "cancelled",
    "fail_cycle": "failed",
    "raise_alerts": "alert",
    "close_alerts": "alert closed",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """One event that is worth telling."""

    sequence: int
    at: datetime  # the platform's time
    kind: str  # a value of TOLD
    action: str
    candidate: str  # churn@4; empty where it is of none
    champion: str  # that answers since; empty where the event does not say
    reason: str
    monitors: tuple[str, ...] = ()  # that raised or closed alerts: `drift`, `data`, `quality`
    columns: tuple[str, ...] = ()  # that they are of; `answers`, or a metric
    after_rows: int = 0  # rows that had been sent when it was heard

    @property
    def line(self) -> str:
        """For people."""
        who = f" {self.candidate}" if self.candidate else ""
        return f"{self.kind}{who}" + (f": {self.reason.rstrip('.')}" if self.reason else "")


class Listener:
    """Hears of an endpoint's events once each, in their order."""

    def __init__(self, client: "Client", endpoint: str) -> None:
        self._client = client
        self._endpoint = endpoint
        self._heard = 0

    def news(self, after_rows: int = 0) -> list[Happening]:
        """What happened since it was last asked."""
        newest = self._newest(FEW)
        if len(newest) == FEW and newest[0].sequence > self._heard:
            newest = self._newest(NEWEST)
        events = [event for event in newest if event.sequence > self._heard]
        if events:
            self._heard = events[-1].sequence
        return [_happening(event, after_rows) for event in events if event.action in TOLD]

    def _newest(self, count: int) -> tuple[Event, ...]:
        query = EventsQuery(newest=count, subject=f"endpoint:{self._endpoint}")
        return self._client.call(EVENTS, query, key="")


def _happening(event: Event, after_rows: int) -> Happening:
    found: dict[str, Any] = event.after
    return Happening(
        sequence=event.sequence,
        at=event.at,
        kind=TOLD[event.action],
        action=event.action,
        candidate=str(found.get("candidate") or ""),
        champion=str(found.get("champion") or ""),
        reason=event.reason,
        monitors=tuple(dict.fromkeys(alert["monitor"] for alert in found.get("alerts", ()))),
        columns=tuple(dict.fromkeys(alert.get("column", "") for alert in found.get("alerts", ()))),
        after_rows=after_rows,
    )
