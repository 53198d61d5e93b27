"""A number with its interval."""

from dataclasses import dataclass

LEVEL = 0.95


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A value of a metric, with the interval that holds the true one in `level` of all samples."""

    metric: str
    value: float
    low: float
    high: float
    rows: int  # that it rests on
    level: float = LEVEL
    method: str = "wilson"  # of the interval
