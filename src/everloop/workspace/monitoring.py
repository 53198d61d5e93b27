"""Looks at every endpoint of an open workspace."""

import logging

from everloop.actions.monitor_endpoint import monitor
from everloop.records.actor import Actor
from everloop.records.endpoint import Endpoint
from everloop.records.names import new_id
from everloop.workspace.office import Office

log = logging.getLogger("everloop.monitoring")

MONITOR = Actor(kind="system", name="monitor")


def monitor_all(office: Office) -> int:
    """Judge the windows that are full by now; answers how many there were."""
    with office.context(MONITOR, new_id("key")).metadata.transaction() as transaction:
        names = [endpoint.name for endpoint in transaction.find(Endpoint)]
    return sum(_monitored(office, name) for name in names)


def _monitored(office: Office, name: str) -> int:
    try:
        return monitor(office.context(MONITOR, new_id("key")), name)
    except Exception:  # whatever one endpoint's rows raise, the others are looked at
        log.exception("endpoint %s could not be monitored; it is tried again", name)
        return 0
