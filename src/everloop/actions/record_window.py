"""One window into the metadata, with the alerts that it opens, keeps and closes, in one transaction."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import msgspec
import pyarrow as pa

from everloop.actions.context import OURS, Context
from everloop.events import log as events
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
        _tell(context, transaction, "open_alert", opened.alert, opened.alert.evidence.reason)
    for alert in changes.kept:
        transaction.replace(alert)
    for alert in changes.closed:
        transaction.replace(alert)
        _tell(context, transaction, "close_alert", alert, f"{alert.clean} windows in a row were without it")


def _tell(context: Context, transaction: Transaction, action: str, alert: Alert, reason: str) -> None:
    events.append(
        transaction,
        clock=context.clock,
        actor=MONITORS,
        action=action,
        subject=f"endpoint:{alert.endpoint}",
        key=f"{OURS}{new_id('alert-event')}",
        reason=reason,
        before={"state": "closed" if action == "open_alert" else "open"},
        after={
            "alert": alert.id,
            "monitor": alert.monitor,
            "column": alert.subject,
            "harm": round(alert.harm, 4),
            "state": alert.state,
        },
        evidence=msgspec.to_builtins(alert.evidence),
    )
