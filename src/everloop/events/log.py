"""The event log: one event for each change, in the change's own transaction."""

from collections.abc import Mapping, Sequence

from everloop.clock import Clock
from everloop.records.actor import Actor
from everloop.records.event import Event
from everloop.stores.metadata import Transaction

_NOTHING: Mapping[str, object] = {}


def append(
    transaction: Transaction,
    *,
    clock: Clock,
    actor: Actor,
    action: str,
    subject: str,
    key: str,
    request: str = "",
    reason: str = "",
    before: Mapping[str, object] = _NOTHING,
    after: Mapping[str, object] = _NOTHING,
    evidence: Mapping[str, object] = _NOTHING,
    result: Mapping[str, object] = _NOTHING,
) -> Event:
    """Record what was done, under the next number; an undone transaction gives its number back.

    Raises Conflict if `key`, the idempotency key, was used before.
    """
    newest = transaction.find(Event, newest=1)
    event = Event(
        sequence=newest[-1].sequence + 1 if newest else 1,
        at=clock.now(),
        actor=actor,
        action=action,
        subject=subject,
        key=key,
        request=request,
        reason=reason,
        before=dict(before),
        after=dict(after),
        evidence=dict(evidence),
        result=dict(result),
    )
    transaction.add(event)
    return event


def by_key(transaction: Transaction, key: str) -> Event | None:
    """The event of the action that was done under this idempotency key, or None."""
    return next(iter(transaction.find(Event, key=key)), None)


def history(
    transaction: Transaction,
    *,
    newest: int | None = None,
    subject: str = "",
    action: str = "",
) -> Sequence[Event]:
    """The events in the order in which they happened; of one subject or action, only the newest so many."""
    equals = {name: value for name, value in (("subject", subject), ("action", action)) if value}
    return transaction.find(Event, newest=newest, **equals)
