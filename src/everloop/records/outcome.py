"""One named value that came back for a prediction."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from everloop.records.signature import Label


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """A truth, a click, a rating: when it happened, when we learned it, from whom.

    Another value for the same prediction and name is a correction: the later revision counts, the earlier is kept.
    One that was sent again counts once; docs/decisions/0007 has the rule. The fields are the columns of the ledger.
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
    key: str = ""  # the idempotency key it came with
