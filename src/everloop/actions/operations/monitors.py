"""What watches endpoints, and what it is asked."""

from everloop.actions.context import Context
from everloop.actions.operation import Operation
from everloop.actions.queries import audit, monitors
from everloop.records.alert import Alert


def _look(context: Context, request: monitors.MonitoringQuery) -> monitors.Monitoring:
    from everloop.actions.monitor_endpoint import monitor

    monitor(context, request.endpoint)
    return monitors.monitoring(context, request)


MONITOR = Operation(
    name="monitor",
    method="POST",
    path="/endpoints/{endpoint}/monitor",
    request=monitors.MonitoringQuery,
    response=monitors.Monitoring,
    run=_look,
    summary="Look at the answers and outcomes that are new, and tell what was seen.",
)
MONITORING = Operation(
    name="monitoring",
    method="GET",
    path="/endpoints/{endpoint}/monitoring",
    request=monitors.MonitoringQuery,
    response=monitors.Monitoring,
    run=monitors.monitoring,
    summary="What the monitors saw last.",
)
ALERTS = Operation(
    name="alerts",
    method="GET",
    path="/alerts",
    request=monitors.AlertsQuery,
    response=tuple[Alert, ...],
    run=monitors.list_alerts,
    summary="Open alerts, the most harmful first; closed ones too, if asked for.",
)
AUDIT = Operation(
    name="audit",
    method="GET",
    path="/endpoints/{endpoint}/audit",
    request=audit.AuditQuery,
    run=audit.audit,
    summary="Audited answers that still lack their truth.",
    gives="rows",
)

ACTIONS = (MONITOR,)
QUERIES = (MONITORING, ALERTS, AUDIT)
