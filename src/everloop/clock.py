"""Where time comes from: an argument everywhere, so that tests and replays can set it.

What is a *fact* (when a row was served, an outcome learned, a cycle opened; how long a candidate bakes) goes by the
platform's clock, which a replay speeds up. What concerns *machines* (leases, deadlines, pauses between two looks) goes
by the machine's own.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol

LATEST = 9_214_646_400_000_000_000  # 2262-01-01 in ns: the last year whose moments fit where they are kept
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


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


@dataclass(frozen=True, slots=True)
class ScaledClock:
    """Runs `speed` times as fast as the machine's own, from a moment that both are known at.

    Two of them with the same three numbers tell the same time, in whatever process. In the year 2262 it stands still.

    >>> clock = ScaledClock(machine_ns=0, platform_ns=0, speed=3600.0, source=lambda: 500_000_000)
    >>> clock.now().isoformat()
    '1970-01-01T00:30:00+00:00'
    """

    machine_ns: int  # of a moment, by the machine's clock: since 1970
    platform_ns: int  # of the same moment, by this one
    speed: float
    source: Callable[[], int] = time.time_ns

    def now(self) -> datetime:
        """The present moment, to the microsecond."""
        return _EPOCH + timedelta(microseconds=self.now_ns() // 1000)

    def now_ns(self) -> int:
        """The same in ns since 1970."""
        return min(self.platform_ns + int((self.source() - self.machine_ns) * self.speed), LATEST)


class Hand:
    """What a process that serves reads the time from, in ns since 1970. Its pace may change while it runs."""

    __slots__ = ("now_ns", "speed")

    def __init__(self) -> None:
        self.now_ns: Callable[[], int] = time.time_ns
        self.speed = 1.0

    def follow(self, clock: ScaledClock) -> None:
        """Tell this clock's time from now on."""
        self.now_ns, self.speed = clock.now_ns, clock.speed


def on_clock(clock: Clock, length: timedelta) -> timedelta:
    """How much of the clock's time passes while so much of the machine's does."""
    return length * clock.speed if isinstance(clock, ScaledClock) else length


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
