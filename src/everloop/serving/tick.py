"""One turn of the event loop: all its requests are inferred together, captured in one write, and only then answered."""

import logging
import time
from asyncio import AbstractEventLoop
from collections.abc import Sequence
from typing import Any, Protocol

from everloop.clock import Hand
from everloop.errors import CaptureFailed
from everloop.ledger.capture import Answered, CaptureLog, Received
from everloop.serving.decoding import Decoded
from everloop.serving.elsewhere import Recorded
from everloop.serving.loaded_bundle import LoadedBundle, ModelFailed
from everloop.serving.metrics import Metrics
from everloop.serving.prediction_ids import PredictionIds
from everloop.serving.refusal import Refused
from everloop.serving.response import Manner, Reply, json_reply, predicted, problem
from everloop.serving.routing import LiveVariant
from everloop.serving.shadow_turns import ShadowTurns
from everloop.serving.truth import Doubt

NOT_ANSWERED = Refused(500, "internal-error", "This request was not answered; see the log.")
UNANSWERED = problem(NOT_ANSWERED)

log = logging.getLogger("everloop.serving")


class Asker(Protocol):
    """Where an answer goes."""

    def deliver(self, reply: Reply, manner: Manner) -> None:
        """Send it in the manner that its request asked for."""
        ...


class Waiting:
    """A request whose answer waits for the tick's end, as every answer of a connection does behind it."""

    __slots__ = ("asker", "manner", "reply")

    def __init__(self, asker: Asker, manner: Manner, reply: Reply) -> None:
        self.asker = asker
        self.manner = manner
        self.reply = reply


class Question(Waiting):
    """Rows to predict."""

    __slots__ = ("body", "decoded", "ids", "inferring_s", "key_hash", "output", "started", "variant")

    def __init__(
        self,
        asker: Asker,
        manner: Manner,
        *,
        variant: LiveVariant,
        decoded: Decoded,
        body: bytes,
        key_hash: bytes | None,
        started: float,
    ) -> None:
        self.asker = asker  # not through super(): this is made for every request
        self.manner = manner
        self.reply = UNANSWERED
        self.variant = variant
        self.decoded = decoded
        self.body = body
        self.key_hash = key_hash
        self.started = started  # time.perf_counter()
        self.output = b""
        self.ids: list[str] = []
        self.inferring_s = 0.0  # what its model took for the rows that it was inferred with


class Report(Waiting):
    """Outcomes to keep."""

    __slots__ = ("endpoint", "outcomes")

    def __init__(
        self,
        asker: Asker,
        manner: Manner,
        *,
        endpoint: str,
        outcomes: list[Received],
        doubts: Sequence[Doubt] = (),
    ) -> None:
        """`doubts` are what of the outcomes will not count as truth."""
        told = {"accepted": len(outcomes), "not_counted": doubts} if doubts else {"accepted": len(outcomes)}
        super().__init__(asker, manner, json_reply(told))
        self.endpoint = endpoint
        self.outcomes = outcomes


class Record(Waiting):
    """Answers to keep that somebody else's model gave."""

    __slots__ = ("body", "key_hash", "recorded", "variant")

    def __init__(
        self,
        asker: Asker,
        manner: Manner,
        *,
        variant: LiveVariant,
        recorded: Recorded,
        body: bytes,
        key_hash: str,
    ) -> None:
        super().__init__(asker, manner, UNANSWERED)
        self.variant = variant
        self.recorded = recorded
        self.body = body
        self.key_hash = key_hash

    def answered(self, ids: PredictionIds, served_at: int) -> Answered:
        """What is kept of it; its answer tells the ids, of which those that the caller has not given are ours."""
        told = self.recorded
        told.ids = told.ids or ids.take(told.rows)
        self.reply = json_reply({"recorded": told.rows, "ids": told.ids})
        return Answered(
            self.variant.context,
            told.ids,
            self.body,
            told.output,
            served_at,
            told.latency_us,
            self.key_hash,
        )


class Tick:
    """Collects the requests of a turn and answers them at its end.

    Where one connection speaks twice in a row, nobody else is likely to: it is answered at once, without a further
    turn of the loop.
    """

    def __init__(
        self,
        loop: AbstractEventLoop,
        log: CaptureLog,
        metrics: Metrics,
        ids: PredictionIds,
        shadows: ShadowTurns,
        hand: Hand,
    ) -> None:
        self._loop = loop
        self._log = log
        self._metrics = metrics
        self._ids = ids
        self._shadows = shadows
        self._hand = hand
        self._waiting: list[Waiting] = []
        self._scheduled = False
        self._last: Asker | None = None

    def add(self, waiting: Waiting) -> None:
        """Answer by the tick's end."""
        self._waiting.append(waiting)

    def heard(self, asker: Asker) -> None:
        """`asker` has said all that it has for now."""
        if self._scheduled or not self._waiting:
            return
        if asker is self._last:
            self.finish()
        else:
            self._last = asker
            self._scheduled = True
            self._loop.call_soon(self.finish)

    def finish(self) -> None:
        """Infer, capture, answer. Whatever fails, every request that waits gets an answer."""
        self._scheduled = False
        waiting, self._waiting = self._waiting, []
        questions = [one for one in waiting if type(one) is Question]
        told = [one for one in waiting if type(one) is not Question] if len(questions) < len(waiting) else []
        reports = [one for one in told if type(one) is Report]
        records = [one for one in told if type(one) is Record]
        captured_at = None
        begun = time.perf_counter()
        try:
            if questions:
                self._infer(questions)
            if questions or reports or records:
                captured_at = self._commit(questions, reports, records, begun)
        except Exception:
            log.exception("%d requests could not be answered", len(questions) + len(told))
            self._refuse_all(questions, (*reports, *records), NOT_ANSWERED)
        for one in waiting:
            try:
                one.asker.deliver(one.reply, one.manner)
            except Exception:  # the others get theirs; the sweep ends this one
                log.exception("an answer could not be delivered")
        if captured_at is not None:
            self._shadows.follow(questions, captured_at)

    def _infer(self, questions: list[Question]) -> None:
        if len(questions) == 1:
            self._infer_alone(questions[0])
            return
        groups: dict[LoadedBundle, list[Question]] = {}
        for question in questions:
            groups.setdefault(question.variant.bundle, []).append(question)
        for bundle, group in groups.items():
            self._infer_together(bundle, group)

    def _infer_alone(self, question: Question) -> None:
        bundle = question.variant.bundle
        begun = time.perf_counter()
        try:
            output = bundle.infer(question.decoded)
            answers = output.tolist()
            self._settle(question, output.tobytes(), answers, bundle.texts(answers))
        except ModelFailed as error:
            self._fail(question, error)
        question.inferring_s = time.perf_counter() - begun

    def _infer_together(self, bundle: LoadedBundle, group: Sequence[Question]) -> None:
        begun = time.perf_counter()
        try:
            output = bundle.infer(Decoded.joined([question.decoded for question in group]))
            answers = output.tolist()
            texts = bundle.texts(answers)
        except ModelFailed:
            for question in group:  # one row that a model stumbles over must not fail its neighbours
                self._infer_alone(question)
            return
        start, spent = 0, time.perf_counter() - begun
        for question in group:
            question.inferring_s = spent
            end = start + question.decoded.rows
            self._settle(question, output[start:end].tobytes(), answers[start:end], texts[start:end])
            start = end

    def _settle(self, question: Question, output: bytes, answers: list[Any], texts: list[bytes]) -> None:
        question.ids = self._ids.take(question.decoded.rows)
        question.output = output
        question.reply = predicted(question.variant, question.decoded, texts, question.ids, answers)

    def _fail(self, question: Question, error: ModelFailed) -> None:
        question.ids = self._ids.take(question.decoded.rows)
        question.output = b""
        question.reply = problem(
            Refused(500, "model-failed", f"The model {question.variant.reference} failed: {error}.")
        )

    def _commit(
        self, questions: list[Question], reports: list[Report], records: list[Record], begun: float
    ) -> int | None:
        """Capture them; answers the moment that they were captured with, in ns, or None where they were not.

        A question's latency is without that of other models in its tick, which was not of its own model's making.
        """
        served_at, now = self._hand.now_ns(), time.perf_counter()
        answered = [
            Answered(
                question.variant.context,
                question.ids,
                question.body,
                question.output,
                served_at,
                int((begun - question.started + question.inferring_s) * 1e6),
                question.key_hash.hex() if question.key_hash is not None else "",
                "" if question.output else "the model failed",
            )
            for question in questions
        ]
        if records:
            answered += [record.answered(self._ids, served_at) for record in records]
        outcomes = [outcome for report in reports for outcome in report.outcomes] if reports else ()
        try:
            self._log.append(answered, outcomes)
        except CaptureFailed as error:
            self._metrics.add("everloop_capture_failures_total")
            self._refuse_all(questions, (*reports, *records), Refused.of(error))
            return None
        for question in questions:
            if question.output:
                question.variant.meter.observe(question.decoded.rows, now - question.started)
            else:
                question.variant.meter.failed += 1
                question.variant.meter.captured += question.decoded.rows
        for record in records:
            record.variant.meter.recorded += record.recorded.rows
        for report in reports:
            self._metrics.add("everloop_outcomes_total", len(report.outcomes), endpoint=report.endpoint)
        return served_at

    def _refuse_all(
        self, questions: list[Question], told: Sequence[Report | Record], refused: Refused
    ) -> None:
        """Nothing that was not kept is delivered."""
        reply = problem(refused)
        for waiting in (*questions, *told):
            waiting.reply = reply
        for question in questions:
            if refused.status == 503:
                question.variant.meter.uncaptured += 1
            else:
                question.variant.meter.failed += 1
