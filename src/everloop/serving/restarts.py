"""When a slot whose worker died gets another: at once, unless they keep dying."""

from dataclasses import dataclass

SHORT_LIFE_S = 5.0  # after being ready; a longer life clears the record
LONGEST_WAIT_S = 10.0  # between workers that never become ready: something is wrong with all of them
LONGEST_WAIT_READY_S = 1.0  # between workers that were ready, while others answer
FIRST_WAIT_S = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Restarts:
    """The short lives in a row of one slot's workers."""

    in_a_row: int = 0

    def after(self, ready_for_s: float | None) -> "Restarts":
        """The record after one more death, of a worker that was ready for so long; None: never ready."""
        if ready_for_s is not None and ready_for_s >= SHORT_LIFE_S:
            return Restarts()
        return Restarts(in_a_row=self.in_a_row + 1)

    def wait_s(self, *, was_ready: bool, others_answer: bool) -> float:
        """How long to wait before the next start: nothing after a first death, then twice as long each time.

        Nothing either after the last worker that answered: clients are waiting in the socket.

        >>> [Restarts(in_a_row=n).wait_s(was_ready=False, others_answer=True) for n in (0, 1, 2, 3, 20)]
        [0.0, 0.0, 0.05, 0.1, 10.0]
        """
        if self.in_a_row < 2 or (was_ready and not others_answer):
            return 0.0
        longest = LONGEST_WAIT_READY_S if was_ready else LONGEST_WAIT_S
        return float(min(longest, FIRST_WAIT_S * 2.0 ** min(self.in_a_row - 2, 20)))
