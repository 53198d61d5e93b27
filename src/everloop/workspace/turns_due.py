"""Whether a loop is about to turn, as one who counts the truths that were sent can tell."""

from collections.abc import Sequence

from everloop.records.loop import TriggerRule

PATIENCE_S = 20.0  # a loop that cools down, or counts otherwise, is not waited for any longer


class TurnsDue:
    """On a busy machine seconds pass before a loop looks again, in which hours of rows would be sent."""

    def __init__(self, rules: Sequence[TriggerRule]) -> None:
        counts = [rule.count for rule in rules if rule.kind == "outcomes"]
        self._count = min(counts, default=None)
        self._used = 0  # truths that there were when it last turned
        self._since: float | None = None  # when it became due, by the monotonic clock

    def turned(self, truths: int) -> None:
        """A cycle was opened when so many truths had been sent."""
        self._used, self._since = truths, None

    def is_due(self, truths: int, *, now: float) -> bool:
        """Whether it should turn at any moment. `now` is of the monotonic clock; to be asked while no cycle is open."""
        if self._count is None or truths - self._used < self._count:
            return False
        if self._since is None:
            self._since = now
        return now - self._since < PATIENCE_S
