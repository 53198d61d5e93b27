"""One named value that came back for a prediction."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from everloop.records.signature import Label


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """A truth, a click, a rating: when it happened, when we learned it, from whom.

    Two with the same prediction, name, value, source and time of happening are one, sent twice. A different
    value for the same prediction and name is a correction: the later revision counts, the earlier is kept.
    """

    FORMAT: ClassVar[str] = "everloop.outcome/1"

    prediction: str
    name: str
    value: Label
    happened_at: datetime
    learned_at: datetime
    source: str = ""
    probability: float = 1.0  # with which the row was chosen for this outcome
    revision: int = 1
