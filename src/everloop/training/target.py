"""What a model learns, as a person writes it."""

import re
from dataclasses import KW_ONLY, dataclass
from datetime import timedelta
from typing import Literal

from everloop.errors import InvalidRequest
from everloop.records.signature import Label
from everloop.records.target import TargetRule

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_DURATION = re.compile(r"\s*([0-9]{1,9}(?:\.[0-9]{1,6})?)\s*([smhdw])\s*")


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
        within = duration(self.within) if isinstance(self.within, str) else self.within
        if within is not None and within <= timedelta(0):
            raise InvalidRequest(f"Target {self.outcome!r}: the window must be longer than nothing.")
        return TargetRule(outcome=self.outcome, within=within, otherwise=self.otherwise, truth=self.truth)


def duration(text: str) -> timedelta:
    """A length of time: a number and `s`, `m`, `h`, `d` or `w`; raises InvalidRequest for anything else.

    >>> duration("24h") == duration("1d")
    True
    """
    match = _DURATION.fullmatch(text)
    if match is None:
        raise InvalidRequest(f"{text[:80]!r} is not a length of time.", remedy="Write 10m, 24h or 7d.")
    try:
        return timedelta(**{_UNITS[match[2]]: float(match[1])})
    except OverflowError as error:
        raise InvalidRequest(f"{text[:80]!r} is too long a time.") from error
