"""What a monitor raised, once for as long as it lasts."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Literal

from everloop.records.verdict import Verdict
from everloop.shown.markup import facts


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """Something has moved. One alert of an endpoint, monitor and subject is open at a time.

    One that comes back soon after it was closed is opened again under its id.
    """

    FORMAT: ClassVar[str] = "everloop.alert/1"

    id: str
    endpoint: str
    monitor: Literal["drift", "data", "quality"]
    subject: str  # a column, `answers`, or a metric
    state: Literal["open", "closed"]
    opened_at: datetime
    seen_at: datetime  # in the newest window that shows it
    windows: int  # that have shown it
    evidence: Verdict  # of the newest of these
    harm: float  # how far it moves the answers, 0 to 1: alerts are told in this order
    clean: int = 0  # windows in a row, the newest ones, that have not shown it
    closed_at: datetime | None = None

    def _repr_html_(self) -> str:
        return facts(
            f"{self.monitor} of {self.subject} at {self.endpoint}",
            [
                ("state", self.state),
                ("harm", self.harm),
                ("since (UTC)", self.opened_at),
                ("seen last", self.seen_at),
                ("closed", self.closed_at),
                ("what", self.evidence.reason),
            ],
        )
