"""One client's connection: bytes to requests within the limits, and answers in the order of the requests."""

import asyncio
import logging
import os
import time
from enum import Enum
from typing import TYPE_CHECKING, cast

import httptools

from everloop.serving.handler import Handler
from everloop.serving.refusal import Refused
from everloop.serving.request_head import NO_UPGRADE, RequestHead, bad_request, body_too_large, too_large
from everloop.serving.response import Manner, Reply, problem
from everloop.serving.tick import Waiting

if TYPE_CHECKING:
    from everloop.serving.plane import Plane

log = logging.getLogger("everloop.serving")

CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
STAYS = Manner()
OLD_STAYS = Manner(line=b"connection: keep-alive\r\n")  # HTTP/1.0 closes unless it is told otherwise
CLOSES = Manner(closes=True, line=b"connection: close\r\n")
READING_METHODS = frozenset({"GET", "HEAD"})


class Phase(Enum):
    """What a connection is waited for; each has its deadline."""

    IDLE = "the next request"
    HEAD = "the end of its headers"
    BODY = "the end of its body"
    ANSWER = "our answer"
    LINGER = "the client to see its refusal"


ANSWER, IDLE = Phase.ANSWER, Phase.IDLE  # looked up at every request


class Connection(asyncio.Protocol):
    """A client. It reads, the plane answers, and the sweep ends what is overdue."""

    __slots__ = (
        "_backlogged",
        "_begun",
        "_body",
        "_body_bytes",
        "_completed",
        "_fd",
        "_handler",
        "_head",
        "_head_fed",
        "_in_message",
        "_manner",
        "_method",
        "_parser",
        "_plane",
        "_refusing",
        "_said_all",
        "_unanswered",
        "phase",
        "since",
        "started",
        "transport",
    )

    def __init__(self, plane: "Plane") -> None:
        self._plane = plane
        self._parser = httptools.HttpRequestParser(self)  # finds its callbacks by their names
        self._in_message = False  # whether part of a request was parsed
        self._begun = 0  # requests that began in the bytes that came last
        self._completed = 0  # and that became whole in them
        self._head = RequestHead(plane.limits)
        self._handler: Handler | None = None  # of the request that came last
        self._head_fed = 0  # bytes of a head that is not whole yet
        self._body: bytes | bytearray = b""
        self._body_bytes = 0
        self._unanswered = 0  # requests that wait for the tick's end
        self._refusing = False  # nothing that still arrives is listened to
        self._said_all = False  # the client has closed its side
        self._backlogged = False  # the client does not take its answers
        self._manner = STAYS
        self._method = ""
        self.phase = Phase.HEAD  # who connects has something to say
        self.since = self.started = time.perf_counter()

    # — the transport's side —

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A client is here."""
        self.transport = cast("asyncio.Transport", transport)  # uvloop does not inherit it
        self._fd = transport.get_extra_info("socket").fileno()
        self._plane.connections.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """The client is gone. Answers that wait for it are captured all the same."""
        self._fd = -1
        self._refusing = True
        self._plane.connections.discard(self)

    def eof_received(self) -> bool:
        """The client says no more; whether it still gets an answer."""
        if not self._unanswered:
            return False
        self._refusing = True
        self._said_all = True
        return True

    def pause_writing(self) -> None:
        """The client does not take its answers: hear no more of it until it does."""
        self._backlogged = True
        self.since = time.perf_counter()
        self.transport.pause_reading()

    def resume_writing(self) -> None:
        """It takes them again."""
        self._backlogged = False
        self.since = time.perf_counter()
        if not self._refusing:
            self.transport.resume_reading()

    def data_received(self, data: bytes) -> None:
        """Some bytes of a client."""
        if self._refusing:
            return
        self.started = time.perf_counter()
        plane = self._plane
        found = None if self._in_message else plane.heads.find(data)
        if found is None:
            self._parse(data)
        else:
            known, body = found
            self._manner = known.manner
            self._ask(known.handler, known.head, body)
        plane.tick.heard(self)

    def _parse(self, data: bytes) -> None:
        began, self._begun, self._completed, self._handler = self._in_message, 0, 0, None
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            self.refuse(bad_request(NO_UPGRADE))
        except httptools.HttpParserError as error:
            self._refuse_malformed(error)
        if self._refusing:
            return
        if self.phase is Phase.HEAD:
            # Of a head that begins in the middle of `data` it is not known where, so only the rest is counted.
            self._head_fed += 1 if self._completed else len(data)
            if self._head_fed > self._plane.limits.head_bytes:
                self.refuse(too_large(self._plane.limits))
        elif self._completed == self._begun == 1 and not began and self._handler is not None:
            self._plane.heads.remember(data, self._head, self._handler, self._manner)

    # — the parser's side —

    def on_message_begin(self) -> None:
        """The first byte of a request."""
        self._begun += 1
        self._in_message = True
        self._head = RequestHead(self._plane.limits)
        self._enter(Phase.HEAD)

    def on_url(self, target: bytes) -> None:
        """A part of the request's target."""
        self._head.take_target(target)

    def on_header(self, name: bytes, value: bytes) -> None:
        """One header, or one trailer of a chunked body."""
        self._head.take(name, value)

    def on_headers_complete(self) -> None:
        """The head is whole: refuse here what need not be read any further."""
        if self._refusing:
            return
        parser, head = self._parser, self._head
        self._method = parser.get_method().decode("ascii", "replace")
        version = parser.get_http_version()
        stays = parser.should_keep_alive() and not self._plane.is_draining
        self._manner = CLOSES if not stays else OLD_STAYS if version == "1.0" else STAYS
        if self._method == "HEAD":
            self._manner = self._manner._replace(without_body=True)
        self._enter(Phase.BODY)
        try:
            if parser.should_upgrade():
                raise bad_request(NO_UPGRADE)
            head.check(self._plane.hosts, version=version, writes=self._method not in READING_METHODS)
            self._plane.find(head.target, self._method)
        except Refused as refused:
            if refused.closes or head.expect is not None:
                self.refuse(refused)
                return
            # Otherwise it is said once the body is read, so that the connection stays of use.
        if head.expect is not None and version == "1.1":
            self._plane.tick.finish()  # earlier answers go first
            self._send(CONTINUE)

    def on_body(self, part: bytes) -> None:
        """A part of the body."""
        if self._refusing:
            return
        self._body_bytes += len(part)
        if self._body_bytes > self._plane.limits.body_bytes:
            self.refuse(body_too_large(self._plane.limits))
        elif not self._body:
            self._body = part
        else:
            if isinstance(self._body, bytes):
                self._body = bytearray(self._body)
            self._body += part

    def on_message_complete(self) -> None:
        """A whole request."""
        self._in_message = False
        if self._refusing:
            return
        head, body = self._head, self._body
        self._body, self._body_bytes, self._head_fed = b"", 0, 0
        self._completed += 1
        if head.refused is not None:  # by its trailers
            self.refuse(head.refused)
            return
        self._ask(None, head, bytes(body))

    # — answers —

    def _ask(self, handler: Handler | None, head: RequestHead, body: bytes) -> None:
        manner = self._manner
        self._unanswered += 1
        self.phase = ANSWER
        if manner.closes:
            self._refusing = True  # whatever follows is not for us
        try:
            if handler is None:
                handler = self._handler = self._plane.find(head.target, self._method)
            self._plane.tick.add(handler(self, manner, head, body, self.started))
        except Refused as refused:
            self._answer_refused(refused)

    def refuse(self, refused: Refused) -> None:
        """Say what is wrong behind the answers that wait, then listen no more. Only the first refusal is said."""
        if self._refusing:
            return
        self._refusing = True
        self._unanswered += 1
        self._enter(ANSWER)
        self._answer_refused(refused)

    def _answer_refused(self, refused: Refused) -> None:
        manner = self._manner
        if self._refusing or refused.closes:
            self._refusing = True
            manner = manner._replace(closes=True, line=CLOSES.line)
        self._plane.count_refusal(refused)
        self._plane.tick.add(Waiting(self, manner, problem(refused)))

    def deliver(self, reply: Reply, manner: Manner) -> None:
        """Send an answer; afterwards, half-close and linger if it is the last one."""
        self._unanswered -= 1
        if self._fd < 0:
            return
        self._send(self._plane.framer.frame(reply, manner))
        if manner.closes or (self._said_all and not self._unanswered):
            self._part(at_once=reply.status < 400)
        elif self.phase is ANSWER and not self._unanswered:
            self.phase = IDLE
            self.since = self.started

    @property
    def has_unsent(self) -> bool:
        """Whether the client has not taken all its answers."""
        return self._fd >= 0 and self.transport.get_write_buffer_size() > 0

    @property
    def is_idle(self) -> bool:
        """Whether nothing of a request has arrived and nothing is owed."""
        return not self._in_message and not self._unanswered and not self.has_unsent

    def end(self) -> None:
        """Close now, dropping what was not sent."""
        self.transport.abort()

    def _part(self, *, at_once: bool) -> None:
        """Closing while the client still sends would reset the connection, and a reset can eat the answer."""
        self._refusing = True
        self._enter(Phase.LINGER)
        if at_once:
            self.transport.close()
        else:
            self.transport.write_eof()

    def _send(self, data: bytes) -> None:
        """Hand bytes to the kernel at once, where nothing waits before them; the transport takes what is left."""
        if not self._backlogged and not self.transport.get_write_buffer_size():
            try:
                sent = os.write(self._fd, data)
            except BlockingIOError:
                sent = 0
            except OSError:
                self.transport.abort()
                return
            if sent == len(data):
                return
            data = data[sent:]
        self.transport.write(data)

    def _refuse_malformed(self, error: Exception) -> None:
        if isinstance(error, httptools.HttpParserCallbackError):
            log.error("a request could not be handled", exc_info=error)
            self.refuse(
                Refused(500, "internal-error", "Something went wrong here; see the log.", closes=True)
            )
            return
        self.refuse(bad_request(f"The request is not well-formed HTTP: {error}."))

    def _enter(self, phase: Phase) -> None:
        self.phase = phase
        self.since = self.started
