"""`run/serving.json`: what the supervisor tells everybody of the data plane."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Literal

from everloop.errors import StoredFormatUnknown
from everloop.records.codec import from_json, to_json
from everloop.serving.tenancy import is_tenanted
from everloop.stores.durable import write_whole
from everloop.stores.layout import Layout


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerStatus:
    """One worker. `table` is the route table it answers from; without `ready_since` it is still loading."""

    slot: int
    pid: int
    table: int | None = None
    ready_since: datetime | None = None
    leaving: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """A bundle that some worker did not let in: its endpoint kept the route it had."""

    endpoint: str
    bundle: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ServingStatus:
    """The data plane at one moment."""

    FORMAT: ClassVar[str] = "everloop.serving-status/1"

    pid: int  # of the supervisor
    host: str
    port: int
    state: Literal["serving", "leaving"]
    workers: tuple[WorkerStatus, ...] = ()
    refused: tuple[Refused, ...] = ()
    deaths: int = 0  # workers that died without being asked to, since the supervisor's start
    note: str = ""  # the last thing that went wrong

    @property
    def url(self) -> str:
        """Where it answers."""
        return url_of(self.host, self.port)

    @property
    def ready(self) -> int:
        """How many workers answer."""
        return sum(w.ready_since is not None and not w.leaving for w in self.workers)

    def has_reached(self, table: int) -> bool:
        """Whether every worker that answers does so from route table `table` or a later one."""
        tables = [w.table for w in self.workers if w.ready_since is not None]
        return bool(tables) and all(t is not None and t >= table for t in tables)


def url_of(host: str, port: int) -> str:
    """An address as a URL.

    >>> url_of("::1", 8080)
    'http://[::1]:8080'
    """
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def write_status(layout: Layout, status: ServingStatus) -> None:
    """Replace the file, whole: a reader sees the old one or the new one."""
    write_whole(layout.run / "serving.json", to_json(status), synced=False)


def last_status(layout: Layout) -> ServingStatus | None:
    """What a supervisor wrote last, though it may be gone; None if there is nothing, or nothing readable."""
    try:
        return from_json(ServingStatus, (layout.run / "serving.json").read_bytes())
    except (FileNotFoundError, StoredFormatUnknown):
        return None


def serving_status(layout: Layout) -> ServingStatus | None:
    """The data plane as it is now; None if no supervisor runs in this workspace."""
    status = last_status(layout)
    return status if status is not None and is_tenanted(layout) else None
