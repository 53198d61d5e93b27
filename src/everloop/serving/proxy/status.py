"""`run/proxy-<token>.json`: what a proxy tells everybody of itself."""

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar

from everloop.errors import StoredFormatUnknown
from everloop.records.codec import from_json, to_json
from everloop.stores.durable import write_whole
from everloop.stores.layout import Layout


@dataclass(frozen=True, slots=True, kw_only=True)
class ProxyStatus:
    """One proxy at one moment. The counts are those of `counts.Counts`, since its start."""

    FORMAT: ClassVar[str] = "everloop.proxy-status/1"

    token: str
    pid: int
    endpoint: str
    url: str
    upstream: str
    since: datetime
    passed: int = 0
    captured: int = 0
    errors: int = 0
    unread: int = 0
    declined: int = 0
    uncaptured: int = 0
    refused: int = 0
    unreachable: int = 0
    abandoned: int = 0
    reasons: dict[str, int] = field(default_factory=dict)  # why requests were not read, the commonest first
    why_not: str = ""  # why nothing is captured at all


def write_proxy_status(layout: Layout, status: ProxyStatus) -> None:
    """Replace the file, whole."""
    write_whole(layout.run / f"proxy-{status.token}.json", to_json(status), synced=False)


def remove_proxy_status(layout: Layout, token: str) -> None:
    """The proxy leaves."""
    (layout.run / f"proxy-{token}.json").unlink(missing_ok=True)


def proxy_statuses(layout: Layout) -> Sequence[ProxyStatus]:
    """Of the proxies that run now; what one left behind that was killed is removed."""
    found: list[ProxyStatus] = []
    for path in sorted(layout.run.glob("proxy-*.json")):
        try:
            status = from_json(ProxyStatus, path.read_bytes())
        except (OSError, StoredFormatUnknown):
            continue
        if _runs(status.pid):
            found.append(status)
        else:
            path.unlink(missing_ok=True)
    return found


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
