"""What a proxy has done so far, as it is told in its status."""

from collections import Counter
from dataclasses import dataclass, field

MOST_REASONS = 50  # that are told apart


@dataclass(slots=True)
class Counts:
    """Since its start. Requests, where nothing else is said."""

    passed: int = 0  # answered in full, whoever was asked and whatever came
    captured: int = 0  # rows, with their answers
    errors: int = 0  # rows whose answer was an error, a cut or none; captured too
    unread: int = 0  # passed on, and not captured: what was said could not be read
    declined: int = 0  # by the upstream, with a status from 400 to 499: there is no answer to capture
    uncaptured: int = 0  # passed on although the disk did not take them
    refused: int = 0  # by the proxy itself: no good HTTP, another host, too large a head, too slow
    unreachable: int = 0  # no answer came: 502 and 504
    abandoned: int = 0  # by their callers
    reasons: Counter[str] = field(default_factory=Counter)  # why requests were not read

    def not_read(self, reason: str) -> bool:
        """Count one that could not be read; whether its reason is new."""
        self.unread += 1
        known = reason in self.reasons
        if known or len(self.reasons) < MOST_REASONS:
            self.reasons[reason] += 1
        return not known and len(self.reasons) <= MOST_REASONS
