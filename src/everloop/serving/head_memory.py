"""Heads that were parsed and checked before: a client that repeats itself, byte for byte, means the same again.

Only requests that arrive whole, in one piece, at the border between two messages are looked up or remembered, so
what is skipped is the parser's work and none of its decisions.
"""

from typing import NamedTuple

from everloop.serving.handler import Handler
from everloop.serving.request_head import RequestHead
from everloop.serving.response import Manner

MOST = 1024  # heads; all are forgotten when there are more
LONGEST = 1024  # bytes of one
END = b"\r\n\r\n"


class KnownHead(NamedTuple):
    """What the parser and the checks made of a head."""

    head: RequestHead
    handler: Handler
    manner: Manner
    length: int  # of the body that follows


class HeadMemory:
    """The heads of one worker, all its connections together."""

    def __init__(self) -> None:
        self._known: dict[bytes, KnownHead] = {}
        self._open = True

    def find(self, data: bytes) -> tuple[KnownHead, bytes] | None:
        """The head and the body, if `data` is one whole request whose head is known."""
        end = data.find(END) + len(END)
        known = self._known.get(data[:end])
        if known is None or len(data) - end != known.length:
            return None
        return known, data[end:]

    def remember(self, data: bytes, head: RequestHead, handler: Handler, manner: Manner) -> None:
        """Remember the head of `data`, if `data` is exactly this one request."""
        end = data.find(END) + len(END)
        length = int(head.content_length or 0)
        if len(data) - end != length or end > LONGEST or head.expect is not None or not self._open:
            return
        if len(self._known) >= MOST:
            self._known.clear()
        self._known[data[:end]] = KnownHead(head, handler, manner, length)

    def clear(self) -> None:
        """Forget everything: other handlers answer from now on."""
        self._known.clear()

    def close(self) -> None:
        """Forget everything, and remember nothing more: connections are to end with their next answer."""
        self._known.clear()
        self._open = False
