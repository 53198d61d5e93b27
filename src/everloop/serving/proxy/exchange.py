"""One request and its answer, on their way through."""

import time
from typing import TYPE_CHECKING, Protocol

from everloop.serving.proxy.passed_head import PassedHead
from everloop.serving.refusal import Refused
from everloop.serving.response import Manner, problem

if TYPE_CHECKING:
    from everloop.serving.proxy.client_side import ClientSide
    from everloop.serving.proxy.passage import Passage

IDEMPOTENT = frozenset({"GET", "HEAD", "OPTIONS", "PUT", "DELETE", "TRACE"})
KEPT_TO_SEND_AGAIN = 64 * 1024  # bytes of a request
LAST_CHUNK = b"0\r\n\r\n"


class Upstream(Protocol):
    """A connection to the server that answers."""

    is_reused: bool

    def send(self, data: bytes) -> None:
        """Pass on a part of the request."""
        ...

    def hear(self, *, on: bool) -> None:
        """Read its answer, or let it wait."""
        ...

    def abort(self) -> None:
        """Close now."""
        ...


class Copy:
    """What passed of one body, as long as it is not too large to be read."""

    __slots__ = ("_most", "_parts", "_size", "is_whole")

    def __init__(self, most: int) -> None:
        self._most = most
        self._parts: list[bytes] = []
        self._size = 0
        self.is_whole = True

    def add(self, part: bytes) -> None:
        """One more part."""
        self._size += len(part)
        if self._size <= self._most:
            self._parts.append(part)
        elif self.is_whole:
            self.is_whole = False
            self._parts.clear()

    def bytes(self) -> bytes:
        """All of it."""
        return self._parts[0] if len(self._parts) == 1 else b"".join(self._parts)


class Exchange:
    """A request that is passed on as it comes, and an answer that is passed back as it comes.

    `is_read`: rows and answers are taken from it, and its last bytes wait until they are captured.
    """

    __slots__ = (
        "_passage",
        "_sent",
        "_sent_bytes",
        "_to_send",
        "answer",
        "answer_head",
        "client",
        "failure",
        "head",
        "id",
        "is_answered",
        "is_begun",
        "is_read",
        "is_whole",
        "manner",
        "method",
        "prepared",
        "progress",
        "question",
        "started",
        "status",
        "upstream",
        "version",
        "was_retried",
    )

    def __init__(
        self, passage: "Passage", client: "ClientSide", head: PassedHead, method: str, version: str
    ) -> None:
        self._passage = passage
        self.client = client
        self.head = head
        self.method = method
        self.version = version
        self.manner = Manner()
        self.started = client.started
        self.progress = client.started  # when the upstream last got or gave something
        self.upstream: Upstream | None = None
        self._to_send: list[bytes] = []
        self._sent: list[bytes] | None = []  # to be sent again; None: it cannot be
        self._sent_bytes = 0
        self.is_whole = False  # the request
        self.is_begun = False  # the answer, towards the client
        self.is_answered = False  # all of it has come
        self.was_retried = False
        self.status = 0
        self.failure = ""  # why there is no whole answer
        self.is_read = False
        self.id = ""
        self.answer_head: PassedHead | None = None
        self.prepared: object = None  # what the witness made of the question while the upstream was at it
        self.question = Copy(0)
        self.answer = Copy(0)

    def read_it(self, ident: str, most: int) -> None:
        """Copy what passes, up to `most` bytes each way."""
        self.is_read = True
        self.id = ident
        self.question, self.answer = Copy(most), Copy(most)

    # — the request —

    def ask(self, data: bytes) -> None:
        """A part of the request, framed."""
        self._to_send.append(data)

    def take(self, part: bytes) -> None:
        """A part of its body."""
        if self.is_read:
            self.question.add(part)
        self._to_send.append(b"%x\r\n%b\r\n" % (len(part), part) if self.head.is_chunked else part)

    def end(self) -> None:
        """The request is whole."""
        self.is_whole = True
        if self.head.is_chunked:
            self._to_send.append(LAST_CHUNK)

    @property
    def unsent(self) -> int:
        """Bytes of the request that wait for a connection."""
        return 0 if self.upstream is not None else sum(map(len, self._to_send))

    def flush(self) -> None:
        """Pass on what has come of the request."""
        if self.upstream is None or not self._to_send:
            return
        data = self._to_send[0] if len(self._to_send) == 1 else b"".join(self._to_send)
        self._to_send.clear()
        self._keep(data)
        self.progress = time.perf_counter()
        self.upstream.send(data)

    def attach(self, upstream: Upstream) -> None:
        """There is a connection to the upstream."""
        self.upstream = upstream
        if not upstream.is_reused:
            self._sent = None  # nobody retries on a fresh one
        self.flush()

    def _keep(self, data: bytes) -> None:
        if self._sent is None:
            return
        self._sent_bytes += len(data)
        if self._sent_bytes > KEPT_TO_SEND_AGAIN or self.method not in IDEMPOTENT:
            self._sent = None
        else:
            self._sent.append(data)

    # — the answer —

    def pass_back(self, data: bytes) -> None:
        """Some of the answer, framed for the client."""
        self.is_begun = True
        self.progress = time.perf_counter()
        self.client.send(data)
        if self.client.is_backlogged and self.upstream is not None:
            self.upstream.hear(on=False)

    def answered(self, last: bytes) -> None:
        """The answer is whole; `last` are its bytes that have not been sent. The upstream is free again."""
        self.upstream = None
        self.is_answered = True
        if not self.is_whole:
            self.manner = self.manner._replace(closes=True)  # what follows cannot be told from the rest
        self._passage.finish(self, last)

    def release(self, last: bytes) -> None:
        """Send the last bytes: all that is to be captured was."""
        self.client.send(last)
        self.client.finished(self)

    def lost(self, why: str) -> None:
        """The upstream's connection ended before its answer did."""
        upstream, self.upstream = self.upstream, None
        again = upstream is not None and upstream.is_reused and not self.is_begun
        if again and self._sent is not None and self.is_whole and not self.was_retried:
            self.was_retried = True
            self._to_send, self._sent = self._sent, None
            self._passage.connect(self, fresh=True)
            return
        self.fail(Refused(502, "upstream-lost", why))

    def fail(self, refused: Refused) -> None:
        """There will be no answer, or no more of it: the client gets the reason, or sees that it was cut."""
        if self.is_answered:
            return
        self.is_answered = True
        self.failure = refused.detail
        if self.upstream is not None:
            upstream, self.upstream = self.upstream, None
            upstream.abort()
        self.manner = self.manner._replace(closes=True, line=b"connection: close\r\n")
        if self.is_begun:
            self._passage.finish(self, b"")
            return
        self.status = refused.status
        ident = b"x-everloop-id: %b\r\n" % self.id.encode() if self.is_read else b""
        reply = problem(refused)
        reply = reply._replace(fields=reply.fields + ident)
        self._passage.finish(self, self._passage.framer.frame(reply, self.manner))

    def drop(self) -> None:
        """The client is gone: nobody waits for the answer."""
        if self.upstream is not None:
            upstream, self.upstream = self.upstream, None
            self.is_answered = True
            upstream.abort()
        self.is_answered = True
