"""Whether a loop has something in hand that a sender waits for."""

from everloop.actions.queries.next_step import Next

PATIENCE_S = 20.0  # for a move that the next look should make


class InHand:
    """On a busy machine seconds pass before a loop looks again, in which hours of rows would be sent.

    Jobs are waited for as long as they take: folding, fitting, the gates' look. The report of a cycle changes nothing
    and is not. Where the loop would move with its next look, that look is waited for, but not for ever.
    """

    def __init__(self) -> None:
        self._moving = ""
        self._since = 0.0

    def is_so(self, found: Next, *, now: float) -> bool:
        """Whether to wait; `now` is of the monotonic clock."""
        if found.working and found.state != "reporting":
            return True
        if not found.moves:
            self._moving = ""
            return False
        move = f"{found.cycle} {found.state} {found.says.partition(':')[0]}"
        if move != self._moving:
            self._moving, self._since = move, now
        return now - self._since < PATIENCE_S
