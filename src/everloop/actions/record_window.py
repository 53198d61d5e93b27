"""One window into the metadata, with the alerts that it opens, keeps and closes, in one transaction."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

import msgspec
import pyarrow as pa

from everloop.actions.context import OURS, Context
from everloop.events import log as events
from everloop.loop.story import in_brief
from everloop.monitoring.alerts import Changes, Rule, next_alerts
from everloop.monitoring.window import Window
from everloop.records.actor import Actor
from everloop.records.alert import Alert
from everloop.records.monitor import Monitored, MonitorStanding, MonitorWindow
from everloop.records.names import new_id
from everloop.stores.metadata import Transaction

MONITORS = Actor(kind="system", name="monitors")
LATELY = 200  # closed alerts that are looked at for one that came back


@dataclass(frozen=True, slots=True)
class Looked:
    """What a look at a window found. `inputs` and `folded` are those of a window of inputs."""

    before: MonitorStanding
    after: MonitorStanding
    window: MonitorWindow
    inputs: pa.Table | None = None
    folded: Window | None = None


def record_window(context: Context, looked: Looked, harm: Callable[[Monitored], float]) -> bool:
    """Record it; False, and nothing is recorded, if somebody else has looked meanwhile, or the champion changed."""
    harms = {id(m): harm(m) for m in looked.window.found}
    endpoint = looked.before.endpoint
    with context.metadata.transaction() as transaction:
        if transaction.get(MonitorStanding, endpoint) != looked.before:
            return False
        transaction.replace(looked.after)
        _keep(transaction, looked.window)
        changes = next_alerts(
            Rule(
                clean_windows=context.settings.monitoring.clean_windows,
                cool_down=timedelta(seconds=context.settings.monitoring.cool_down_s),
            ),
            _known(transaction, endpoint),
            looked.window.found,
            context.clock.now(),
            endpoint=endpoint,
            new_id=lambda: new_id("alert"),
            harm=lambda m: harms[id(m)],
        )
        _apply(context, transaction, changes)
    return True


def _keep(transaction: Transaction, window: MonitorWindow) -> None:
    if transaction.get(MonitorWindow, window.endpoint, window.watches, window.slot) is None:
        transaction.add(window)
    else:
        transaction.replace(window)


def _known(transaction: Transaction, endpoint: str) -> list[Alert]:
    opened = transaction.find(Alert, endpoint=endpoint, state="open")
    return [*opened, *transaction.find(Alert, newest=LATELY, endpoint=endpoint, state="closed")]


def _apply(context: Context, transaction: Transaction, changes: Changes) -> None:
    for opened in changes.opened:
        if opened.again:
            transaction.replace(opened.alert)
        else:
            transaction.add(opened.alert)
    for alert in (*changes.kept, *changes.closed):
        transaction.replace(alert)
    raised = sorted((opened.alert for opened in changes.opened), key=lambda alert: -alert.harm)
    if raised:
        told = in_brief([alert.evidence.reason.rstrip(".") for alert in raised])
        _tell(context, transaction, "raise_alerts", raised, told)
    if changes.closed:
        subjects = in_brief([f"{alert.monitor} of {alert.subject}" for alert in changes.closed])
        _tell(
            context, transaction, "close_alerts", changes.closed, f"{subjects}: windows in a row were clean"
        )


def _tell(
    context: Context, transaction: Transaction, action: str, alerts: Sequence[Alert], reason: str
) -> None:
    """One event for all that a window opens, or closes: where the world changes, many columns do at once."""
    events.append(
        transaction,
        clock=context.clock,
        actor=MONITORS,
        action=action,
        subject=f"endpoint:{alerts[0].endpoint}",
        key=f"{OURS}{new_id('alerts')}",
        reason=reason,
        after={
            "alerts": [
                {"alert": a.id, "monitor": a.monitor, "column": a.subject, "harm": round(a.harm, 4)}
                for a in alerts
            ]
        },
        evidence={alert.id: msgspec.to_builtins(alert.evidence) for alert in alerts},
    )
