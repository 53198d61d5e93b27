"""What a tick does about a cycle: wait, have work done, or move it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from everloop.records.cycle import Cycle

WorkKind = Literal["pin", "fit", "judge", "report"]
Traffic = Literal["stays", "share", "promote", "back"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """Nothing to do before `until`, or before something happens where that is None."""

    why: str
    until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Do:
    """The step's work, as a job."""

    work: WorkKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """The cycle as it will be, in one transaction with its event and, where the traffic changes, a route table."""

    action: str  # the event's name
    cycle: Cycle
    why: str
    traffic: Traffic = "stays"


Decision = Wait | Do | Move
