"""Looks at every endpoint of an open workspace."""

from everloop.actions.monitor_endpoint import monitor
from everloop.records.actor import Actor
from everloop.records.endpoint import Endpoint
from everloop.records.names import new_id
from everloop.workspace.office import Office

MONITOR = Actor(kind="system", name="monitor")


def monitor_all(office: Office) -> int:
    """Judge the windows that are full by now; answers how many there were."""
    with office.context(MONITOR, new_id("key")).metadata.transaction() as transaction:
        names = [endpoint.name for endpoint in transaction.find(Endpoint)]
    return sum(monitor(office.context(MONITOR, new_id("key")), name) for name in names)
