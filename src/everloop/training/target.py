"""What a model learns, as a person writes it."""

from dataclasses import KW_ONLY, dataclass
from datetime import timedelta
from typing import Literal

from everloop.errors import InvalidRequest
from everloop.records.durations import duration
from everloop.records.signature import Label
from everloop.records.target import TargetRule


@dataclass(frozen=True, slots=True)
class Target:
    """The outcome that is learned, the window it must come in, and what silence means.

    `Target("clicked", within="24h", otherwise=0, truth="reaction")`: a prediction without a click is a 0 once
    24 hours have passed. Without `within`, a prediction is mature when its outcome is known.
    """

    outcome: str
    _: KW_ONLY
    within: str | timedelta | None = None
    otherwise: Label | None = None
    truth: Literal["fixed", "reaction"] = "fixed"

    def rule(self) -> TargetRule:
        """The stored form; raises InvalidRequest for what cannot be a rule."""
        if not isinstance(self.outcome, str) or not self.outcome:
            raise InvalidRequest("A target is the name of a column.", remedy='Write Target("Churn").')
        if self.truth not in ("fixed", "reaction"):
            raise InvalidRequest(f"truth={self.truth!r}: it is `fixed` or `reaction`.")
        if self.otherwise is not None and self.within is None:
            raise InvalidRequest(
                f"Target {self.outcome!r}: `otherwise` needs a window.",
                remedy='Say how long silence must last, as in within="24h".',
            )
        within = None if self.within is None else duration(self.within)
        if within is not None and within <= timedelta(0):
            raise InvalidRequest(f"Target {self.outcome!r}: the window must be longer than nothing.")
        return TargetRule(outcome=self.outcome, within=within, otherwise=self.otherwise, truth=self.truth)
