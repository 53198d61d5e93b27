"""The connection to an endpoint, as a replay uses it, and what it does when no answer comes."""

import time
from collections.abc import Callable, Mapping, Sequence
from threading import Event
from typing import Protocol, TypeVar

from everloop.errors import CaptureFailed, Unreachable
from everloop.records.signature import Label

T = TypeVar("T")

AGAIN = (
    Unreachable,
    CaptureFailed,
)  # nobody answered, or what was asked could not be kept: it may work next time
FIRST_PAUSE_S = 0.1
LONGEST_PAUSE_S = 2.0


class Line(Protocol):
    """One endpoint's. Used from several threads."""

    def ask(self, rows: Sequence[Mapping[str, object]], ids: Sequence[str]) -> Sequence[str]:
        """Have rows answered; the platform's ids of the answers. `ids` are ours, the same in a repeated request."""
        ...

    def tell(self, ids: Sequence[str], values: Sequence[Label]) -> None:
        """Send outcomes, by the platform's ids; sending one again changes nothing."""
        ...


def persistently(
    attempt: Callable[[], T], *, patience_s: float, ended: Event, repeated: Callable[[], None]
) -> T:
    """What `attempt` gives; while nobody answers it is made again, for so long, or until `ended` is set.

    Raises what the last attempt raised, and at once what another attempt would not change.
    """
    until, pause = time.monotonic() + patience_s, FIRST_PAUSE_S
    while True:
        try:
            return attempt()
        except AGAIN:
            if time.monotonic() + pause > until or ended.wait(pause):
                raise
        repeated()
        pause = min(2 * pause, LONGEST_PAUSE_S)
