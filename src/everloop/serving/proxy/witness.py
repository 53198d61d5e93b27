"""Makes captured rows of what passed. What it cannot read is counted and told, never refused."""

import logging
import struct
import time
from typing import Any, NamedTuple

import msgspec

from everloop.clock import Hand
from everloop.ledger.capture import Answered
from everloop.records.signature import Signature
from everloop.serving.answer_form import AnswerForm, UnreadableAnswer
from everloop.serving.proxy.config import Reading
from everloop.serving.proxy.counts import Counts
from everloop.serving.proxy.exchange import Exchange
from everloop.serving.proxy.forms.auto import form_of
from everloop.serving.proxy.forms.form import Body, Given, Unreadable, member
from everloop.serving.proxy.passed_head import PassedHead, text
from everloop.serving.proxy.rows import RowReader

log = logging.getLogger("everloop.proxy")

DECLINED, FAILED = 400, 500  # the least status of an answer that blames the caller, and of one that does not
LONGEST_ID = 200


class Question(NamedTuple):
    """A question as it is kept. `context` is of the version that it was read for."""

    context: int
    ids: list[str]  # one a row
    body: bytes


class Witness:
    """For one version of what is watched: its signature says what a row is, `context` who answered."""

    def __init__(
        self,
        signature: Signature,
        context: int,
        reading: Reading,
        counts: Counts,
        hand: Hand,
        *,
        most_bytes: int,
        most_rows: int,
    ) -> None:
        columns = [*(column.name for column in signature.columns), *signature.ignored]
        self._form = form_of(reading.format, reading.inputs, reading.outputs, columns)
        self._rows = RowReader(signature)
        self._answers = AnswerForm(signature)
        self._context = context
        self._id_field = reading.id_field
        self._counts = counts
        self._hand = hand
        self._most_bytes = most_bytes
        self._most_rows = most_rows

    def read(self, exchange: Exchange) -> Answered | None:
        """What is kept of it; None where nothing can be, which is counted with its reason."""
        if DECLINED <= exchange.status < FAILED and not exchange.failure:
            self._counts.declined += 1
            return None
        try:
            return self._read(exchange)
        except Unreadable as why:
            self._not_read(str(why), exchange)
        except Exception:  # whatever others send, their answers pass
            log.exception("an exchange could not be read")
            self._not_read("something went wrong; see the log", exchange)
        return None

    def prepare(self, exchange: Exchange) -> None:
        """Read its question: the upstream is at it meanwhile. What cannot be read is told once there is an answer."""
        try:
            exchange.prepared = self._question(exchange)
        except Exception as error:  # noqa: BLE001 - whatever others send
            exchange.prepared = error

    def _question(self, exchange: Exchange) -> "Question":
        question = self._body("the request", exchange.head, exchange.question)
        rows = _told("the request", self._form.rows, question)
        if len(rows) > self._most_rows:
            raise Unreadable(f"the request has more than {self._most_rows:,} rows")
        instances = _told("the request", self._rows.instances, rows)
        body = msgspec.json.encode({"instances": instances})
        return Question(self._context, self._ids(exchange, question, len(rows)), body)

    def _read(self, exchange: Exchange) -> Answered:
        question = exchange.prepared
        if isinstance(question, Exception):
            raise question
        if not isinstance(question, Question) or question.context != self._context:
            question = self._question(exchange)
        error = exchange.failure or (_failed(exchange.status) if exchange.status >= FAILED else "")
        output = b"" if error else self._output(exchange, len(question.ids))
        return Answered(
            self._context,
            question.ids,
            question.body,
            output,
            self._hand.now_ns(),
            int((time.perf_counter() - exchange.started) * 1e6),
            "",
            error[:500],
        )

    def _output(self, exchange: Exchange, rows: int) -> bytes:
        assert exchange.answer_head is not None
        answer = self._body("the answer", exchange.answer_head, exchange.answer)
        given = _told("the answer", lambda body: self._form.given(body, rows), answer)
        try:
            return self._packed(given)
        except UnreadableAnswer as why:
            raise Unreadable(f"the answer: {why}") from why

    def _packed(self, given: Given) -> bytes:
        if not self._answers.width:
            return self._answers.pack(given.answers)
        if len(given.probabilities):
            return self._answers.pack_probabilities(given.probabilities)
        try:
            return self._answers.pack(given.answers)
        except UnreadableAnswer:
            chances = _of_second(given.answers) if self._answers.width == 2 else None
            if chances is None:
                raise
            return struct.pack(f"<{len(chances)}f", *chances)

    def _body(self, whose: str, head: PassedHead, copy: Any) -> Body:  # noqa: ANN401 - a Copy
        if not copy.is_whole:
            raise Unreadable(f"{whose} has more than {self._most_bytes:,} bytes")
        encoding = text(head.values.get(b"content-encoding"))
        kind = text(head.values.get(b"content-type"))
        body: Body = _told(whose, lambda data: Body.of(kind, encoding, data, self._most_bytes), copy.bytes())
        return body

    def _ids(self, exchange: Exchange, question: Body, rows: int) -> list[str]:
        own = _own_ids(question, self._id_field, rows) if self._id_field else None
        if own is not None:
            return own
        return [exchange.id] if rows == 1 else [f"{exchange.id}.{row}" for row in range(rows)]

    def _not_read(self, reason: str, exchange: Exchange) -> None:
        if self._counts.not_read(reason):
            target = exchange.head.target[:80].decode("latin-1")
            log.warning("%s %s passes and is not captured: %s", exchange.method, target, reason)


def _told(whose: str, read: Any, found: Any) -> Any:  # noqa: ANN401 - what it reads and gives is its own
    """What `read` makes of it; its complaint says whose body it is about."""
    try:
        return read(found)
    except Unreadable as why:
        raise Unreadable(f"{whose}: {why}") from why


def _failed(status: int) -> str:
    return f"the upstream answered {status}"


def _of_second(answers: Any) -> list[float] | None:  # noqa: ANN401 - whatever JSON holds
    """Probabilities of two classes, where each answer is that of the second; None where one cannot be."""
    if not all(
        isinstance(one, float | int) and not isinstance(one, bool) and 0 <= one <= 1 for one in answers
    ):
        return None
    return [chance for one in answers for chance in (1.0 - one, float(one))]


def _own_ids(question: Body, field: str, rows: int) -> list[str] | None:
    """The caller's ids in the body: one a row, or one of the request; None where there are none that fit."""
    try:
        found = member(question.json(), field)
    except Unreadable:
        return None
    if isinstance(found, str | int) and not isinstance(found, bool):
        found = [found] if rows == 1 else [f"{found}.{row}" for row in range(rows)]
    if not isinstance(found, list) or len(found) != rows:
        return None
    ids = [str(one) for one in found]
    fit = len(set(ids)) == rows and all(0 < len(one) <= LONGEST_ID for one in ids)
    return ids if fit else None
