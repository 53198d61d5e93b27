"""What has moved and is still moved, the most harmful first."""

from everloop.records.alert import Alert
from everloop.web.components import capital, part, pill, prose
from everloop.web.figures import count, share
from everloop.web.html import Html, element, joined
from everloop.web.moments import ago
from everloop.web.seen import Seen

SHOWN = 5


def alerts_part(seen: Seen) -> Html:
    """Open alerts."""
    alerts = seen.monitoring.alerts if seen.monitoring else ()
    if not alerts:
        told = element("p", "None is open: inputs, outcomes and quality are as they were in training.")
        return part("alerts", "Alerts", element("div", told, class_="calm"), aside=pill("none", "good"))
    rows = [_alert(alert, seen) for alert in alerts]
    more = None
    if len(rows) > SHOWN:
        rest = element("ul", rows[SHOWN:], class_="alerts")
        more = element("details", element("summary", f"{len(rows) - SHOWN} more"), rest, id="alerts-more")
    return part(
        "alerts",
        "Alerts",
        element("ul", rows[:SHOWN], class_="alerts"),
        more,
        aside=pill(f"{count(len(alerts))} open", "wait"),
    )


def _alert(alert: Alert, seen: Seen) -> Html:
    harm = f"It moves the answers by {share(alert.harm)}." if alert.harm else ""
    return element(
        "li",
        element("p", pill(alert.monitor, "wait"), " ", element("strong", alert.subject), class_="headline"),
        element("p", prose(capital(alert.evidence.reason)), class_="reason"),
        element("p", joined("Since ", ago(alert.opened_at, seen.now), ". ", harm), class_="note muted"),
    )
