"""A caller's connection: requests in, each passed on as it comes, answers back in their order."""

import asyncio
import logging
import time
from collections import deque
from typing import TYPE_CHECKING

import httptools

from everloop.serving.connection import CLOSES, OLD_STAYS, STAYS, Phase
from everloop.serving.proxy.exchange import Exchange
from everloop.serving.proxy.known_heads import KnownRequest
from everloop.serving.proxy.passed_head import PassedHead
from everloop.serving.proxy.wire import Wire
from everloop.serving.refusal import Refused
from everloop.serving.request_head import NO_UPGRADE, bad_request, too_large
from everloop.serving.response import Manner, problem

if TYPE_CHECKING:
    from everloop.serving.proxy.passage import Passage

log = logging.getLogger("everloop.proxy")

MOST_UNSENT = 64 * 1024  # bytes that wait for the upstream before the client has to


class ClientSide(Wire):
    """One caller. What it sends while an answer is on its way waits in the kernel."""

    __slots__ = (
        "_begun",
        "_exchanges",
        "_first",
        "_head",
        "_head_fed",
        "_in_message",
        "_is_paused",
        "_parser",
        "_passage",
        "_receiving",
        "_refusal",
        "_refusing",
        "_said_all",
        "body_bytes",
        "phase",
        "since",
        "started",
    )

    def __init__(self, passage: "Passage") -> None:
        super().__init__()
        self._passage = passage
        self._parser = httptools.HttpRequestParser(self)
        self._head = PassedHead(passage.limits)
        self._head_fed = 0
        self._begun = 0  # requests that began in the bytes that came last
        self._in_message = False
        self._receiving: Exchange | None = None  # whose body comes
        self._exchanges: deque[Exchange] = deque()  # the first is on its way, the others wait
        self._first: Exchange | None = None  # that is to set out once these bytes are parsed
        self._refusal: Refused | None = None  # to be said behind the answers
        self._refusing = False  # nothing that still arrives is listened to
        self._said_all = False
        self._is_paused = False
        self.body_bytes = 0
        self.phase = Phase.HEAD
        self.since = self.started = time.perf_counter()

    # — the transport's side —

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A client is here."""
        super().connection_made(transport)
        self._passage.clients.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """It is gone, and with it whoever waits for its answers."""
        super().connection_lost(exc)
        self._refusing = True
        self._passage.clients.discard(self)
        for exchange in self._exchanges:
            if not exchange.is_answered:
                self._passage.counts.abandoned += 1
            exchange.drop()

    def eof_received(self) -> bool:
        """It says no more; whether it still gets an answer."""
        if not self._exchanges or self._receiving is not None:
            return False
        self._refusing = True
        self._said_all = True
        return True

    def pause_writing(self) -> None:
        """It does not take its answer."""
        super().pause_writing()
        self.since = time.perf_counter()
        if self._exchanges and self._exchanges[0].upstream is not None:
            self._exchanges[0].upstream.hear(on=False)

    def resume_writing(self) -> None:
        """It takes it again: the upstream may go on."""
        super().resume_writing()
        self.since = time.perf_counter()
        if self._exchanges and self._exchanges[0].upstream is not None:
            self._exchanges[0].progress = self.since
            self._exchanges[0].upstream.hear(on=True)

    def data_received(self, data: bytes) -> None:
        """Some bytes of a client."""
        if self._refusing:
            return
        self.started = time.perf_counter()
        known = None if self._in_message or self._exchanges else self._passage.requests.find(data)
        if known is not None:
            self._ask_again(*known)
            return
        self._parse(data)
        self._set_out()
        if self._refusing:
            return
        if self.phase is Phase.HEAD:
            self._head_fed += 1 if self._begun and len(self._exchanges) else len(data)
            if self._head_fed > self._passage.limits.head_bytes:
                self.refuse(too_large(self._passage.limits))
                return
        if len(self._exchanges) > 1 or (self._exchanges and self._exchanges[0].unsent > MOST_UNSENT):
            self.pause()

    def _parse(self, data: bytes) -> None:
        before, self._begun = self._in_message, 0
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            self.refuse(bad_request(NO_UPGRADE))
        except httptools.HttpParserError as error:
            self._refuse_malformed(error)
        first = self._first
        if first is not None and first.is_whole and self._begun == 1 and not before:
            self._passage.remember(data, first)

    def _ask_again(self, known: KnownRequest, body: bytes) -> None:
        """A request like one before, whole and in one piece."""
        exchange = Exchange(self._passage, self, known.head, known.method, known.version)
        exchange.manner = known.manner
        self._exchanges.append(exchange)
        self._passage.welcome(exchange, known.lines)
        if body:
            exchange.take(body)
        exchange.end()
        self._refusing = known.manner.closes
        self._enter(Phase.ANSWER)
        self._first = exchange
        self._set_out()

    def _set_out(self) -> None:
        """Pass on what has come, in one piece."""
        first, self._first = self._first, None
        if first is not None and not first.is_answered:
            self._passage.connect(first)
        elif self._exchanges:
            first = self._exchanges[0]
            first.flush()
        if first is not None and first.is_read and first.is_whole:
            self._passage.prepare(first)

    def pause(self) -> None:
        """Hear no more for now."""
        if not self._is_paused:
            self._is_paused = True
            self.hear(on=False)

    def resume(self) -> None:
        """Hear on."""
        if self._is_paused and not self._refusing:
            self._is_paused = False
            self.since, self.body_bytes = time.perf_counter(), 0  # it was not its fault
            self.hear(on=True)

    @property
    def is_paused(self) -> bool:
        """Whether it is the others that it waits for."""
        return self._is_paused

    # — the parser's side —

    def on_message_begin(self) -> None:
        """The first byte of a request."""
        self._in_message = True
        self._begun += 1
        self._head, self._head_fed = PassedHead(self._passage.limits), 0
        self._enter(Phase.HEAD)

    def on_url(self, target: bytes) -> None:
        """A part of the request's target."""
        self._head.take_target(target)

    def on_header(self, name: bytes, value: bytes) -> None:
        """One header; what a chunked body brings behind it is not passed on."""
        if self._receiving is None:
            self._head.take(name, value)

    def on_headers_complete(self) -> None:
        """The head is whole: it goes on, or it is refused."""
        if self._refusing:
            return
        parser, head = self._parser, self._head
        method = parser.get_method().decode("ascii", "replace")
        version = parser.get_http_version()
        try:
            if parser.should_upgrade() or method == "CONNECT":
                raise bad_request(NO_UPGRADE)
            head.check(self._passage.hosts, version=version)
        except Refused as refused:
            self.refuse(refused)
            return
        exchange = Exchange(self._passage, self, head, method, version)
        stays = parser.should_keep_alive() and not self._passage.is_draining
        exchange.manner = CLOSES if not stays else OLD_STAYS if version == "1.0" else STAYS
        if method == "HEAD":
            exchange.manner = exchange.manner._replace(without_body=True)
        self.body_bytes = 0
        self._enter(Phase.BODY)
        self._receiving = exchange
        self._exchanges.append(exchange)
        self._passage.welcome(exchange, self._passage.lines(exchange))
        if len(self._exchanges) == 1:
            self._first = exchange

    def on_body(self, part: bytes) -> None:
        """A part of the body."""
        if self._receiving is not None and not self._refusing:
            self.body_bytes += len(part)
            self._receiving.take(part)

    def on_message_complete(self) -> None:
        """A whole request."""
        self._in_message = False
        if self._receiving is None or self._refusing:
            return
        self._receiving.end()
        if self._receiving.manner.closes:
            self._refusing = True  # whatever follows is not for us
        self._receiving = None
        self._enter(Phase.ANSWER)

    # — answers —

    def finished(self, exchange: Exchange) -> None:
        """The answer to the first request was sent."""
        if not self.is_open or not self._exchanges or self._exchanges[0] is not exchange:
            return
        self._exchanges.popleft()
        if self._receiving is exchange:
            self._receiving = None
        if exchange.manner.closes:
            self._part(at_once=not exchange.failure and exchange.is_whole)
        elif self._exchanges:
            self._passage.connect(self._exchanges[0])
            self._exchanges[0].flush()
        elif self._refusal is not None:
            self._say(self._refusal)
        elif self._said_all:
            self._part(at_once=True)
        else:
            if not self._in_message:
                self._enter(Phase.IDLE)
            self.resume()

    def refuse(self, refused: Refused) -> None:
        """Say what is wrong behind the answers that are on their way, then listen no more."""
        if self._refusing:
            return
        self._refusing = True
        self._passage.count_refusal(refused)
        if self._receiving is not None:  # in the middle of its body: the upstream must not wait for the rest
            self._receiving.fail(refused)
        elif self._exchanges:
            self._refusal = refused
        else:
            self._say(refused)

    def _say(self, refused: Refused) -> None:
        manner = Manner(closes=True, line=CLOSES.line)
        self.send(self._passage.framer.frame(problem(refused), manner))
        self._part(at_once=False)

    def _part(self, *, at_once: bool) -> None:
        """Closing while the client still sends would reset the connection, and a reset can eat the answer."""
        self._refusing = True
        self._enter(Phase.LINGER)
        if self.transport is None or not self.is_open:
            return
        if self._is_paused:
            self._is_paused = False
            self.hear(on=True)
        if at_once or not self.transport.can_write_eof():
            self.transport.close()
        else:
            self.transport.write_eof()

    @property
    def exchange(self) -> Exchange | None:
        """The one on its way."""
        return self._exchanges[0] if self._exchanges else None

    @property
    def is_idle(self) -> bool:
        """Whether nothing of a request has arrived and nothing is owed."""
        return not self._in_message and not self._exchanges and not self.has_unsent

    def _refuse_malformed(self, error: Exception) -> None:
        if isinstance(error, httptools.HttpParserCallbackError):
            log.error("a request could not be passed on", exc_info=error)
            self.refuse(
                Refused(500, "internal-error", "Something went wrong here; see the log.", closes=True)
            )
            return
        self.refuse(bad_request(f"The request is not well-formed HTTP: {error}."))

    def _enter(self, phase: Phase) -> None:
        self.phase = phase
        self.since = time.perf_counter()  # an answer may have taken its time since the last bytes came
