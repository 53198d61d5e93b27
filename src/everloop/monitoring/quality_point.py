"""How good one version was on consecutive rows."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class QualityPoint:
    """The quality of one version on rows whose truth is known, with its 95 % interval."""

    since: datetime  # served, the first row
    until: datetime  # and the last
    rows: int
    model: str
    version: int
    value: float
    low: float
    high: float
