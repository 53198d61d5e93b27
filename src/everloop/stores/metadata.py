"""The metadata store: records by key, in transactions."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol, TypeVar

from everloop.records.alert import Alert
from everloop.records.codec import Stored
from everloop.records.cycle import Cycle
from everloop.records.dataset import DatasetVersion
from everloop.records.endpoint import Endpoint
from everloop.records.event import Event
from everloop.records.job import Job
from everloop.records.loop import LoopRecord, LoopStanding
from everloop.records.model_version import ModelVersion
from everloop.records.monitor import MonitorStanding, MonitorWindow
from everloop.records.routes import RouteTable
from everloop.records.run import Run

R = TypeVar("R", bound=Stored)
KeyPart = str | int


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """How a record class is kept: its table, the fields of its key, and the fields that can be searched."""

    record: type
    table: str
    key: tuple[str, ...]
    searchable: tuple[str, ...] = ()
    unique: tuple[str, ...] = ()  # single fields that no two records may share


KINDS: tuple[Kind, ...] = (
    Kind(
        record=Event,
        table="events",
        key=("sequence",),
        searchable=("action", "subject", "key"),
        unique=("key",),
    ),
    Kind(
        record=DatasetVersion,
        table="dataset_versions",
        key=("dataset", "number"),
        searchable=("dataset", "key"),
    ),
    Kind(record=Run, table="runs", key=("id",), searchable=("model", "state", "tracking")),
    Kind(
        record=ModelVersion,
        table="model_versions",
        key=("model", "number"),
        searchable=("model", "bundle", "run"),
    ),
    Kind(record=Endpoint, table="endpoints", key=("name",)),
    Kind(record=RouteTable, table="route_tables", key=("number",)),
    Kind(record=LoopRecord, table="loops", key=("name",), searchable=("endpoint",)),
    Kind(record=LoopStanding, table="loop_standings", key=("name",)),
    Kind(record=Cycle, table="cycles", key=("endpoint", "number"), searchable=("state",)),
    Kind(record=Alert, table="alerts", key=("id",), searchable=("endpoint", "state")),
    Kind(record=Job, table="jobs", key=("key",), searchable=("state",)),
    Kind(record=MonitorStanding, table="monitor_standings", key=("endpoint",)),
    Kind(record=MonitorWindow, table="monitor_windows", key=("endpoint", "watches", "slot")),
)


class Transaction(Protocol):
    """Reads and writes that take effect together, or not at all. One transaction writes at a time."""

    def get(self, kind: type[R], *key: KeyPart) -> R | None:
        """The record with this key, or None."""
        ...

    def find(self, kind: type[R], *, newest: int | None = None, **equals: KeyPart) -> Sequence[R]:
        """The records whose searchable or key fields equal these, in the order of their keys.

        With `newest`, only the last so many of that order. Raises InvalidRequest for a field that is not
        searchable.
        """
        ...

    def add(self, record: Stored) -> None:
        """Keep a new record; raises Conflict if its key, or a unique field of it, is taken."""
        ...

    def replace(self, record: Stored) -> None:
        """Put `record` in the place of the one with its key; raises NotFound if there is none."""
        ...


class MetadataStore(Protocol):
    """Records of the `KINDS`. Safe to use from several threads; only one process may open it to write."""

    def transaction(self) -> AbstractContextManager[Transaction]:
        """A transaction: kept when the block ends, undone when it raises."""
        ...

    def close(self) -> None:
        """Let go of what it holds. A closed store must not be used."""
        ...
