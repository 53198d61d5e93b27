"""A workspace's time: the machine's, or faster by declaration; the same for every process."""

import fcntl
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

from everloop.clock import Clock, Hand, ScaledClock, SystemClock
from everloop.errors import WorkspaceUnusable
from everloop.records.codec import from_json, to_json
from everloop.settings import Settings
from everloop.stores.durable import write_whole
from everloop.stores.layout import Layout

FOLLOWED_NS = 2_000_000_000  # a process that serves has seen another speed by then


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockFile:
    """`clock.json`: one moment by both clocks, and how fast the platform's runs from there."""

    FORMAT: ClassVar[str] = "everloop.clock/1"

    machine_ns: int
    platform_ns: int
    speed: float


def clock_of(
    layout: Layout, settings: Settings, *, source: Callable[[], int] = time.time_ns
) -> SystemClock | ScaledClock:
    """The clock of a workspace, at the speed that its settings declare from now on.

    One that was never sped up has the machine's. Another speed goes on from the moment that was reached, and time never
    goes back: when it slows down, it first leaps to where a process that is yet to notice may be. Called by whoever
    opens the workspace or begins to serve it. Raises StoredFormatUnknown, WorkspaceUnusable.
    """
    speed = settings.clock.speed
    if speed == 1.0 and not layout.clock.exists():
        return SystemClock()
    try:
        descriptor = os.open(layout.run / "clock.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)  # for microseconds; let go of with the descriptor
            known = _read(layout, source)
            return known if known.speed == speed else _rebased(layout, known, speed)
        finally:
            os.close(descriptor)
    except OSError as error:
        raise WorkspaceUnusable(
            f"The workspace's clock {layout.clock} cannot be read or written: {error.strerror}."
        ) from error


def clock_in_use(layout: Layout) -> Clock:
    """The clock that the workspace has now, whatever its settings declare by then."""
    return _read(layout, time.time_ns) if layout.clock.exists() else SystemClock()


class FollowedClock:
    """The workspace's clock for a process that serves: it looks now and then whether the speed is another."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._seen: tuple[int, int] | None = None
        self.hand = Hand()
        self.look()

    def look(self) -> None:
        """Follow what the workspace says now; cheap where nothing changed. Raises StoredFormatUnknown, OSError."""
        try:
            found = self._layout.clock.stat()
        except FileNotFoundError:
            return
        if (found.st_mtime_ns, found.st_ino) != self._seen:
            clock = _read(self._layout, time.time_ns)
            self._seen = (found.st_mtime_ns, found.st_ino)
            self.hand.follow(clock)


def _read(layout: Layout, source: Callable[[], int]) -> ScaledClock:
    """The clock that is kept; the machine's where none is."""
    try:
        kept = from_json(ClockFile, layout.clock.read_bytes())
    except FileNotFoundError:
        now = source()
        return ScaledClock(now, now, 1.0, source)
    return ScaledClock(kept.machine_ns, kept.platform_ns, kept.speed, source)


def _rebased(layout: Layout, known: ScaledClock, speed: float) -> ScaledClock:
    machine_ns = known.source()
    ahead = FOLLOWED_NS if speed < known.speed else 0
    platform_ns = known.platform_ns + int((machine_ns + ahead - known.machine_ns) * known.speed)
    clock = ScaledClock(machine_ns, platform_ns, speed, known.source)
    kept = ClockFile(machine_ns=machine_ns, platform_ns=platform_ns, speed=speed)
    write_whole(layout.clock, to_json(kept))
    return clock
