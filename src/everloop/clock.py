"""Where time comes from: an argument everywhere, so that tests and replays can set it."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Tells the time, in UTC and aware."""

    def now(self) -> datetime:
        """The present moment."""
        ...


class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        """The present moment, to the microsecond."""
        return datetime.now(UTC)


@dataclass(slots=True)
class FixedClock:
    """A clock that moves only when it is told to.

    >>> clock = FixedClock(datetime(2026, 1, 1, tzinfo=UTC))
    >>> clock.advance(timedelta(hours=2))
    >>> clock.now().hour
    2
    """

    moment: datetime

    def now(self) -> datetime:
        """The moment that was set."""
        return self.moment

    def advance(self, by: timedelta) -> None:
        """Move on by `by`, which may be negative: real clocks jump back too."""
        self.moment += by
