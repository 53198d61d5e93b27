"""One captured answer: one row of a request."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar

from everloop.records.signature import Label

Value = str | int | float | bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Prediction:
    """What was asked, what was answered, by whom, and with what chance."""

    FORMAT: ClassVar[str] = "everloop.prediction/1"

    id: str
    caller_id: str = ""
    endpoint: str
    variant: str
    model: str
    version: int
    route_table: int
    rollout: str = ""
    share: float  # the chance that this variant was chosen with
    rung: str = "model"  # which rung of a cascade answered
    key_hash: str = ""  # of the caller's sticky key; the key itself is not kept
    entities: dict[str, str] = field(default_factory=dict)  # keys for feature look-ups
    inputs: dict[str, Value]  # as they came
    features: dict[str, Value] = field(default_factory=dict)  # looked up on line
    feature_view: str = ""  # name@version
    output: Label | None  # the answer: a number or a class
    probabilities: tuple[float, ...] = ()
    event_at: datetime | None = None  # when it happened, by the caller
    served_at: datetime
    latency_ms: float
    shadow: bool = False
    error: str = ""
