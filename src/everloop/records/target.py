"""The rule from outcomes to what is learned."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar, Literal

from everloop.records.signature import Label


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetRule:
    """Which named outcome is the truth, when a prediction is mature, and what silence means.

    Without `within` a prediction is mature once its outcome is known. With it, it is mature when the window has
    closed: an outcome that happened later does not count, and `otherwise` is the truth where none came.
    """

    FORMAT: ClassVar[str] = "everloop.target/1"

    outcome: str
    within: timedelta | None = None
    otherwise: Label | None = None
    truth: Literal["fixed", "reaction"] = "fixed"

    def mature_at(self, predicted_at: datetime) -> datetime | None:
        """When the window of a prediction closes; None where there is no window."""
        return None if self.within is None else predicted_at + self.within
