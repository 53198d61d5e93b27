"""How much a client may send, how long it may take, and by which names it may call us."""

from collections.abc import Iterable
from dataclasses import dataclass

from everloop.settings import Serving

LOOPBACK = ("localhost", "127.0.0.1", "[::1]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Sizes in bytes, times in seconds."""

    head_bytes: int = 16 * 1024
    headers: int = 64
    body_bytes: int = 6 * 1024 * 1024
    rows: int = 10_000  # in one request
    head_s: float = 5.0  # from a connection's start, or a request's first byte, to the end of its headers
    body_s: float = 5.0  # from there to the end of the body
    idle_s: float = 75.0  # between an answer and the next request
    answer_s: float = 60.0  # our own answer: ends connections whose answer was lost
    unread_s: float = 10.0  # an answer that the client does not take
    linger_s: float = 1.0  # after a refusal, reading on so that the client sees the answer

    @classmethod
    def of(cls, settings: Serving) -> "Limits":
        """The limits that a project has set."""
        return cls(
            body_bytes=settings.max_body_bytes,
            rows=settings.max_rows,
            head_s=settings.header_deadline_s,
            body_s=settings.body_deadline_s,
            idle_s=settings.idle_deadline_s,
        )

    @property
    def sweep_s(self) -> float:
        """How often to look for connections that are past a deadline: at most a tenth late."""
        return max(0.02, min(0.5, min(self.head_s, self.body_s, self.idle_s, self.linger_s) / 10))


class HostNames:
    """The names in `Host` and `Origin` that are ours: loopback's own, and those of the settings.

    A web page of somebody else that makes its name resolve to this machine is told apart by the name it calls.
    """

    def __init__(self, further: Iterable[str] = ()) -> None:
        self._names = frozenset(_as_written(name) for name in (*LOOPBACK, *further))
        self._known: dict[bytes, bool] = {}

    def has(self, host: bytes) -> bool:
        """Whether `host`, with or without a port, is one of ours."""
        known = self._known.get(host)
        if known is None:
            known = self._is_ours(host)
            if len(self._known) < 256:  # whoever sends many names must not fill our memory
                self._known[host] = known
        return known

    def has_origin(self, origin: bytes) -> bool:
        """Whether an `Origin` is a page of one of ours."""
        scheme, separator, host = origin.partition(b"://")
        return bool(separator) and scheme in (b"http", b"https") and self.has(host)

    def _is_ours(self, host: bytes) -> bool:
        text = host.decode("latin-1").lower()
        name, colon, port = text.rpartition(":")
        if colon and port.isascii() and port.isdigit() and len(port) <= 5:
            text = name
        return text in self._names


def _as_written(name: str) -> str:
    """A name as `Host` has it: an IPv6 address stands in brackets."""
    bare = name.lower().strip("[]")
    return f"[{bare}]" if ":" in bare else bare
