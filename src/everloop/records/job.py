"""A piece of short work that is done at least once, and takes effect once."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar, Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """Queued, leased by a holder until a moment, done or failed. Its key names it for ever."""

    FORMAT: ClassVar[str] = "everloop.job/1"

    key: str
    kind: str  # which handler does it
    payload: dict[str, object]
    state: Literal["queued", "leased", "done", "failed"]
    queued_at: datetime
    moved_at: datetime  # into this state, or when its lease was last extended
    attempts: int = 0
    not_before: datetime | None = None  # of one that is tried again
    holder: str = ""
    lease_until: datetime | None = None
    result: dict[str, object] = field(default_factory=dict)
    error: str = ""
    ended_at: datetime | None = None
