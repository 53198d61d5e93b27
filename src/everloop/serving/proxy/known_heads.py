"""Heads that were parsed and checked before: whoever repeats itself, byte for byte, means the same again.

As in the data plane, only what arrives whole, in one piece, between two messages is looked up or remembered, so that
what is skipped is the parser's work and none of its decisions.
"""

from typing import Generic, NamedTuple, TypeVar

from everloop.serving.proxy.passed_head import PassedHead
from everloop.serving.response import Manner

MOST = 1024  # heads; all are forgotten when there are more
LONGEST = 2048  # bytes of one
END = b"\r\n\r\n"


class KnownRequest(NamedTuple):
    """A request's head. `lines` is how it goes on."""

    head: PassedHead
    method: str
    version: str
    manner: Manner
    lines: bytes


class KnownAnswer(NamedTuple):
    """An answer's head. `lines` is how it goes back, but for what is the exchange's own."""

    head: PassedHead
    status: int
    lines: bytes


K = TypeVar("K")


class KnownHeads(Generic[K]):
    """Heads with a body of known length, by their bytes."""

    def __init__(self) -> None:
        self._known: dict[bytes, tuple[K, int]] = {}
        self._open = True

    def find(self, data: bytes) -> tuple[K, bytes] | None:
        """The head and the body, if `data` is one whole message whose head is known."""
        end = data.find(END) + len(END)
        found = self._known.get(data[:end])
        if found is None or len(data) - end != found[1]:
            return None
        return found[0], data[end:]

    def remember(self, data: bytes, head: PassedHead, known: K) -> None:
        """Remember the head of `data`, if `data` is exactly this one message."""
        end = data.find(END) + len(END)
        length = int(head.values.get(b"content-length", b"0"))
        plain = not head.is_chunked and b"expect" not in head.values
        if not self._open or not plain or end > LONGEST or len(data) - end != length:
            return
        if len(self._known) >= MOST:
            self._known.clear()
        self._known[data[:end]] = (known, length)

    def close(self) -> None:
        """Forget everything, and remember nothing more: connections are to end with their next answer."""
        self._known.clear()
        self._open = False
