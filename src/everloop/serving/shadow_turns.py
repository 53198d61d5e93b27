"""When shadows are run: between answers, a little at a time, and never more than a bounded queue holds."""

import asyncio
import logging
import time
from asyncio import AbstractEventLoop, TimerHandle
from collections import deque
from collections.abc import Sequence
from typing import TYPE_CHECKING

from everloop.clock import Hand
from everloop.errors import CaptureFailed
from everloop.ledger.capture import Answered, CaptureLog
from everloop.serving.shadow import Seen, Shadow

if TYPE_CHECKING:
    from everloop.serving.tick import Question

MAX_ROWS = 5000  # that wait in one worker, over all its shadows
MAX_BYTES = 32 << 20
TURN_S = 0.0005  # about how long an answer may have to wait for a turn
FIRST_S = 0.005  # before the first turn: what comes meanwhile is inferred together
MAX_AGE_S = 60.0  # what has waited for longer is dropped: a shadow that is always behind shows the present all the same
REST = 4.0  # times a turn's length: shadows have at most a fifth of the loop's time
LONG_S = 0.002  # a turn over this was one row, which nobody can cut short:
LONG_REST = 19.0  # then they have at most a twentieth, so that 95 of 100 answers meet none
LEAST_S = 0.001  # between two turns

log = logging.getLogger("everloop.serving")


class ShadowTurns:
    """Has shadows answer what was answered, and captures that under the same ids.

    Rows for which there is no room are dropped and counted. Whatever a shadow does wrong ends here.
    """

    def __init__(
        self,
        loop: AbstractEventLoop,
        log: CaptureLog,
        *,
        hand: Hand | None = None,
        max_rows: int = MAX_ROWS,
        max_bytes: int = MAX_BYTES,
        max_age_s: float = MAX_AGE_S,
    ) -> None:
        self._loop = loop
        self._log = log
        self._hand = hand or Hand()
        self._max_rows, self._max_bytes, self._max_age_ns = max_rows, max_bytes, int(max_age_s * 1e9)
        self._busy: deque[Shadow] = deque()  # those for which rows wait
        self._rows = self._bytes = 0  # of all of them
        self._next: TimerHandle | None = None

    @property
    def waiting(self) -> int:
        """Rows that wait; a row that two shadows are to see counts twice."""
        return self._rows

    def follow(self, questions: Sequence["Question"], served_at: int) -> None:
        """Let the shadows of questions that were answered, and captured at `served_at`, see them later."""
        for question in questions:
            for shadow, reads_alike in question.variant.shadows:
                self._offer(question, served_at, shadow, reads_alike)
        if self._rows and self._next is None:
            self._next = self._loop.call_later(FIRST_S, self._turn)

    def take_turn(self) -> float:
        """Run shadows for about the length of a turn, and capture it all in one write; how long it took."""
        begun, too_old = time.perf_counter(), self._oldest()
        answered: list[tuple[Shadow, list[Answered]]] = []
        while self._busy and time.perf_counter() - begun < TURN_S:
            shadow = self._busy.popleft()
            rows, size = shadow.rows, shadow.bytes
            late = shadow.drop_before(too_old)
            shadow.meter.dropped += late
            try:
                answers = shadow.answer_some(TURN_S)
            except Exception:
                log.exception("the shadow %s broke; what waits for it is dropped", shadow.reference)
                shadow.meter.dropped += rows - late
                shadow.clear()
                answers = []
            if answers:
                answered.append((shadow, answers))
            self._rows += shadow.rows - rows
            self._bytes += shadow.bytes - size
            if shadow.rows:
                self._busy.append(shadow)
        if answered:
            self._capture(answered)
        return time.perf_counter() - begun

    async def finish(self, until: float) -> None:
        """Run what waits without a rest, until the monotonic clock says `until`; what is left then is dropped."""
        while self._rows and time.monotonic() < until:
            self.take_turn()
            await asyncio.sleep(0)
        self.drop()

    def drop(self) -> None:
        """Run no more. What waits is counted as dropped."""
        if self._next is not None:
            self._next.cancel()
            self._next = None
        for shadow in self._busy:
            shadow.meter.dropped += shadow.rows
            shadow.clear()
        self._busy.clear()
        self._rows = self._bytes = 0

    def _offer(self, question: "Question", served_at: int, shadow: Shadow, reads_alike: bool) -> None:
        seen = Seen(
            question.ids,
            decoded=question.decoded if reads_alike else None,
            body=b"" if reads_alike else question.body,
            key_hash=question.key_hash.hex() if question.key_hash is not None else "",
            served_at=served_at,
        )
        rows, size = len(question.ids), seen.size
        if self._rows + rows > self._max_rows or self._bytes + size > self._max_bytes:
            shadow.meter.dropped += rows
            return
        if not shadow.rows:
            self._busy.append(shadow)
        shadow.add(seen)
        self._rows += rows
        self._bytes += size

    def _turn(self) -> None:
        self._next = None
        spent = self.take_turn()
        if self._rows:
            rest = spent * (LONG_REST if spent > LONG_S else REST)
            self._next = self._loop.call_later(max(LEAST_S, rest), self._turn)

    def _oldest(self) -> int:
        """When the oldest rows that are still run were answered: what waits, waits in the machine's time."""
        return self._hand.now_ns() - int(self._max_age_ns * self._hand.speed)

    def _capture(self, answered: list[tuple[Shadow, list[Answered]]]) -> None:
        kept = False
        try:
            self._log.append([answer for _, answers in answered for answer in answers])
            kept = True
        except CaptureFailed as error:
            log.warning("what shadows answered was not captured: %s", error)
        except Exception:
            log.exception("what shadows answered could not be captured")
        for shadow, answers in answered:
            rows = sum([len(answer.ids) for answer in answers])
            if kept:
                shadow.meter.rows += rows
                shadow.meter.failed += sum([len(answer.ids) for answer in answers if answer.error])
            else:
                shadow.meter.dropped += rows
