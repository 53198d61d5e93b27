"""A connection to the server that answers: its answers are read, framed for the client, and passed back."""

import time
from typing import TYPE_CHECKING

import httptools

from everloop.serving.proxy.exchange import Exchange
from everloop.serving.proxy.known_heads import KnownAnswer
from everloop.serving.proxy.passed_head import PassedHead
from everloop.serving.proxy.wire import Wire
from everloop.serving.refusal import Refused

if TYPE_CHECKING:
    from everloop.serving.proxy.passage import Passage

CONTINUES, FINAL = 100, 200  # the least status of an answer before the answer, and of the answer
SWITCHES = 101
BODILESS = frozenset({204, 304})
LAST_CHUNK = b"0\r\n\r\n"
BROKEN = "The upstream's answer is not well-formed HTTP."


class UpstreamSide(Wire):
    """One connection, for one exchange at a time."""

    __slots__ = (
        "_between",
        "_chunks",
        "_done",
        "_excess",
        "_exchange",
        "_head",
        "_out",
        "_parser",
        "_passage",
        "_reason",
        "_stays",
        "_until_close",
        "idle_since",
        "is_reused",
    )

    def __init__(self, passage: "Passage") -> None:
        super().__init__()
        self._passage = passage
        self._parser = httptools.HttpResponseParser(self)
        self._exchange: Exchange | None = None
        self._out: list[bytes] = []
        self.is_reused = False
        self.idle_since = 0.0
        self._head = PassedHead(passage.answer_limits)
        self._reason = b""
        self._done = False  # the answer is whole
        self._excess = False  # and more came than an answer
        self._until_close = False  # its body ends with the connection
        self._chunks = False  # it is passed back in chunks
        self._stays = True
        self._between = True  # no byte of the answer has come yet

    def serve(self, exchange: Exchange) -> None:
        """Carry this exchange."""
        self._exchange = exchange
        exchange.attach(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """The server closed, or broke off."""
        super().connection_lost(exc)
        self._passage.pool.forget(self)
        exchange, self._exchange = self._exchange, None
        if exchange is None or exchange.upstream is not self:
            return
        if self._until_close and exc is None:
            exchange.answered(b"")
            return
        begun = "in the middle of its answer" if exchange.status else "before it answered"
        how = f" ({exc})" if exc is not None and str(exc) else ""
        exchange.lost(f"The upstream {self._passage.upstream} closed the connection {begun}{how}.")

    def data_received(self, data: bytes) -> None:
        """Some of an answer."""
        exchange = self._exchange
        if exchange is None or exchange.upstream is not self:
            self.abort()  # nobody asked
            return
        if self._between:
            self._between = False
            known = None if exchange.manner.without_body else self._passage.answers.find(data)
            if known is not None:
                self._answer_again(exchange, *known)
                return
            first = data
        else:
            first = b""
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserUpgrade, httptools.HttpParserError):
            if not self._done:
                exchange.fail(Refused(502, "upstream-broken", BROKEN))
                return
            self._excess = True
        out, self._out = self._out, []
        if self._done:
            if first and not self._excess:
                self._remember(exchange, data)
            self._end(exchange, b"".join(out))
        elif out:
            exchange.pass_back(out[0] if len(out) == 1 else b"".join(out))
        else:
            exchange.progress = time.perf_counter()

    def _answer_again(self, exchange: Exchange, known: KnownAnswer, body: bytes) -> None:
        """An answer like one before, whole and in one piece."""
        exchange.status, exchange.answer_head = known.status, known.head
        if exchange.is_read:
            exchange.answer.add(body)
        self._end(exchange, b"%b%b\r\n%b" % (known.lines, self._own(exchange), body))

    def _remember(self, exchange: Exchange, data: bytes) -> None:
        plain = (
            self._stays and not self._until_close and not self._chunks and not exchange.manner.without_body
        )
        if plain and exchange.status not in BODILESS and b"content-length" in self._head.values:
            lines = self._framed(exchange.status, b"").removesuffix(b"\r\n")
            self._passage.answers.remember(data, self._head, KnownAnswer(self._head, exchange.status, lines))

    # — the parser's side —

    def on_message_begin(self) -> None:
        """The first byte of an answer."""
        if self._done:
            self._excess = True
            return
        self._head = PassedHead(self._passage.answer_limits)
        self._reason = b""

    def on_status(self, reason: bytes) -> None:
        """A part of the words behind the status."""
        self._reason += reason

    def on_header(self, name: bytes, value: bytes) -> None:
        """One header; trailers are not passed on."""
        if not self._done and self._exchange is not None and not self._exchange.status >= FINAL:
            self._head.take(name, value)

    def on_headers_complete(self) -> None:
        """The head of an answer is whole."""
        exchange = self._exchange
        if self._done or exchange is None:
            return
        status = self._parser.get_status_code()
        if self._head.refused is not None or status == SWITCHES:
            raise ValueError("an answer that cannot be passed on")
        if status < FINAL:
            if exchange.version != "1.0":
                self._out.append(self._framed(status, b""))
            return
        exchange.status, exchange.answer_head = status, self._head
        self._stays = self._parser.should_keep_alive()
        without_body = exchange.manner.without_body
        has_length = b"content-length" in self._head.values
        is_chunked = self._head.is_chunked
        bodiless = without_body or status in BODILESS
        self._until_close = not (has_length or is_chunked or bodiless)
        self._chunks = is_chunked and exchange.version != "1.0" and not bodiless
        if self._until_close or (is_chunked and not self._chunks and not bodiless):
            exchange.manner = exchange.manner._replace(closes=True, line=b"connection: close\r\n")
        self._out.append(self._framed(status, self._own(exchange)))
        if without_body:
            self._done = True
            self._stays = self._stays and not is_chunked
            self._parser = httptools.HttpResponseParser(self)  # the old one waits for the body

    def on_body(self, part: bytes) -> None:
        """A part of its body."""
        exchange = self._exchange
        if self._done or exchange is None:
            return
        if exchange.is_read:
            exchange.answer.add(part)
        self._out.append(b"%x\r\n%b\r\n" % (len(part), part) if self._chunks else part)

    def on_message_complete(self) -> None:
        """An answer is whole, or one before it is."""
        exchange = self._exchange
        if self._done or exchange is None or exchange.status < FINAL:
            return
        if self._chunks:
            self._out.append(LAST_CHUNK)
        self._done = True

    @staticmethod
    def _own(exchange: Exchange) -> bytes:
        """The lines that are this exchange's alone."""
        if not exchange.is_read:
            return exchange.manner.line
        return b"x-everloop-id: %b\r\n%b" % (exchange.id.encode(), exchange.manner.line)

    def _framed(self, status: int, further: bytes) -> bytes:
        lines = self._head.lines()
        if not self._chunks and self._head.is_chunked:
            lines = lines.replace(b"transfer-encoding: chunked\r\n", b"")
        return b"HTTP/1.1 %d %b\r\n%b%b\r\n" % (status, self._reason, lines, further)

    def _end(self, exchange: Exchange, last: bytes) -> None:
        reusable = self._stays and exchange.is_whole and not self._excess and not self._until_close
        self._exchange = None
        self._forget()
        if reusable:
            self._passage.pool.give(self)
        else:
            self._passage.pool.close(self)
        exchange.answered(last)

    def _forget(self) -> None:
        """Be ready for another answer."""
        self._head = PassedHead(self._passage.answer_limits)
        self._reason = b""
        self._between = True
        self._done = self._excess = self._until_close = self._chunks = False
        self._stays = True

    def resume_writing(self) -> None:
        """It takes more of the request: the client may go on."""
        super().resume_writing()
        if self._exchange is not None:
            self._exchange.client.resume()

    def pause_writing(self) -> None:
        """It takes no more of the request for now: neither do we."""
        super().pause_writing()
        if self._exchange is not None:
            self._exchange.client.pause()
