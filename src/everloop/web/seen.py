"""Everything that a page shows of an endpoint, at one moment."""

from dataclasses import dataclass, field
from datetime import datetime

from everloop.actions.queries.endpoints import EndpointStatus
from everloop.actions.queries.monitors import Monitoring
from everloop.actions.queries.next_step import Next
from everloop.actions.queries.quality_history import QualityHistory
from everloop.records.cycle import Cycle
from everloop.records.event import Event
from everloop.records.loop import LoopRecord, LoopStanding
from everloop.records.model_version import ModelVersion
from everloop.serving.status import ServingStatus
from everloop.web.figures import Unit
from everloop.web.traffic import Traffic

LOSSES = ("log_loss", "brier")  # of classes: all other metrics of theirs are shares


@dataclass(frozen=True, slots=True, kw_only=True)
class Crowned:
    """When the champion came to answer, how, and why."""

    at: datetime
    action: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """One endpoint. `status` is None where a loop is declared and nothing answers yet, or where there is nothing."""

    now: datetime  # by the platform's clock
    project: str
    endpoints: tuple[str, ...]  # every one there is, and those of loops that wait for their first version
    endpoint: str  # empty: there is none at all
    serving: ServingStatus | None
    status: EndpointStatus | None = None
    champion: ModelVersion | None = None
    crowned: Crowned | None = None
    loop: LoopRecord | None = None
    standing: LoopStanding | None = None
    cycle: Cycle | None = None  # the newest
    next: Next | None = None
    monitoring: Monitoring | None = None
    history: QualityHistory | None = None
    traffic: Traffic | None = None
    events: tuple[Event, ...] = field(default=())  # the newest last

    @property
    def rolling(self) -> Cycle | None:
        """The cycle whose candidate has traffic now."""
        return self.cycle if self.cycle is not None and self.cycle.state == "rolling" else None

    @property
    def open(self) -> Cycle | None:
        """The cycle that is not decided yet."""
        cycle = self.cycle
        return cycle if cycle is not None and cycle.state != "closed" and not cycle.ending else None

    @property
    def classifies(self) -> bool:
        """Whether the model answers classes."""
        return self.champion is not None and self.champion.signature.task == "classification"

    def unit_of(self, metric: str) -> Unit:
        """How a value of the metric is told; without a name it is the task's own."""
        return "share" if self.classifies and metric not in LOSSES else "plain"
