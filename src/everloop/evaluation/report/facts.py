"""What a report is made of."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from everloop.records.cycle import Cycle
from everloop.records.dataset import DatasetVersion
from everloop.records.event import Event
from everloop.records.model_version import ModelVersion


@dataclass(frozen=True, slots=True, kw_only=True)
class QualityPoint:
    """The candidate's lead over the champion as it was known at a moment, with its interval."""

    at: datetime
    rows: int
    value: float
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """All that is told of a cycle."""

    cycle: Cycle
    events: Sequence[Event]  # the cycle's own, in their order
    data: DatasetVersion | None
    champion: ModelVersion
    candidates: Sequence[ModelVersion]
    path: Sequence[QualityPoint] = ()  # of the rollout, over time
