"""One captured answer: one row of a request."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from everloop.records.signature import Label

Value = str | int | float | bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Prediction:
    """What was asked, what was answered, by whom, and with what chance.

    The fields are the columns of the ledger, in their order; `inputs` are its further columns, one an input.
    """

    FORMAT: ClassVar[str] = "everloop.prediction/1"

    id: str
    caller_id: str | None = None
    endpoint: str
    variant: str
    model: str
    version: int
    bundle: str  # digest
    route_table: int
    rollout: str = ""
    share: float  # the chance that this variant was chosen with
    rung: str = "model"  # which rung of a cascade answered
    shadow: bool = False
    key_hash: str = ""  # of the caller's sticky key; the key itself is not kept
    entities: dict[str, str | int] | None = None  # keys for feature look-ups
    features: dict[str, Value] | None = None  # looked up on line
    feature_view: str | None = None  # name@version
    output: Label | None  # the answer: a number or a class
    probabilities: tuple[float, ...] | None = None  # of the classes, in the signature's order
    event_at: datetime | None = None  # when it happened, by the caller
    served_at: datetime
    latency_ms: float
    error: str | None = None
    handed_over: bool | None = None  # false: its worker died right after the capture; null: it may be at it
    unread_body: bytes | None = None  # a body that could not be read again; its inputs are then null
    inputs: dict[str, Value]  # as they came
