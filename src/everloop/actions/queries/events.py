"""Who did what, when and why."""

from dataclasses import dataclass

from everloop.actions.context import Context
from everloop.events import log as events
from everloop.records.event import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class EventsQuery:
    """The newest events; of one subject (such as `endpoint:churn`) or action, or all."""

    newest: int = 50
    subject: str = ""
    action: str = ""


def list_events(context: Context, query: EventsQuery) -> tuple[Event, ...]:
    """Events in their order."""
    with context.metadata.transaction() as transaction:
        return tuple(
            events.history(
                transaction, newest=max(1, query.newest), subject=query.subject, action=query.action
            )
        )
