"""One execution of a recipe on one dataset version."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar, Literal

from everloop.records.actor import Actor

RunState = Literal["running", "finished", "failed", "interrupted"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A training, from its start to its version or its error."""

    FORMAT: ClassVar[str] = "everloop.run/1"

    id: str
    model: str
    recipe: str  # digest
    dataset: str
    dataset_version: int
    state: RunState
    by: Actor
    started_at: datetime
    owner_pid: int  # the process that waits for the child
    owner_started: float  # its start in seconds since the epoch: pids come again
    finished_at: datetime | None = None
    bundle: str | None = None
    version: int | None = None
    metrics: dict[str, float] = field(default_factory=dict)
    error: str = ""
    tracking: Literal["pending", "logged", "off"] = "pending"  # the MLflow run beside it
    tracking_id: str = ""
