"""Heads as they are passed on: every header as it came, but for those that are about one connection alone."""

from everloop.serving.limits import HostNames, Limits
from everloop.serving.refusal import Refused
from everloop.serving.request_head import NO_UPGRADE, bad_request, too_large

HOP_BY_HOP = frozenset(
    {
        b"connection",
        b"keep-alive",
        b"proxy-authenticate",
        b"proxy-authorization",
        b"proxy-connection",
        b"te",
        b"trailer",
        b"transfer-encoding",
        b"upgrade",
    }
)
_SINGLE = frozenset({b"host", b"content-length"})
_FIELD = 4  # ": " and CRLF
_CHUNKED = b"transfer-encoding: chunked\r\n"


class PassedHead:
    """The headers of a request or an answer. `values` are those that we look at ourselves, by their lower names."""

    __slots__ = ("_bytes", "_count", "_limits", "_named", "fields", "refused", "target", "values")

    LOOKED_AT = frozenset(
        {
            b"host",
            b"content-type",
            b"content-length",
            b"content-encoding",
            b"transfer-encoding",
            b"expect",
            b"origin",
            b"sec-fetch-site",
            b"x-key",
        }
    )

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._bytes = 0
        self._count = 0
        self._named: set[bytes] = set()  # by `Connection`, as its own
        self.target = b""
        self.fields: list[tuple[bytes, bytes, bytes]] = []  # the name in lower case, as it came, the value
        self.values: dict[bytes, bytes] = {}
        self.refused: Refused | None = None

    def take_target(self, part: bytes) -> None:
        """A part of the request's target."""
        self.target += part
        if len(self.target) + self._bytes > self._limits.head_bytes:
            self.refused = self.refused or too_large(self._limits)

    def take(self, name: bytes, value: bytes) -> None:
        """One header."""
        self._count += 1
        self._bytes += len(name) + len(value) + _FIELD
        if self._count > self._limits.headers or self._bytes + len(self.target) > self._limits.head_bytes:
            self.refused = self.refused or too_large(self._limits)
            return
        lower = name.lower()
        if lower in _SINGLE and lower in self.values:
            self.refused = self.refused or bad_request(f"The header {lower.decode()} comes twice.")
        if lower in self.LOOKED_AT:
            self.values[lower] = value
        elif lower == b"connection":
            self._named.update(part.strip().lower() for part in value.split(b","))
        elif lower in (b"upgrade", b"http2-settings"):
            self.refused = self.refused or bad_request(NO_UPGRADE)
        self.fields.append((lower, name, value))

    def check(self, hosts: HostNames, *, version: str) -> None:
        """Raises Refused for a request that is not passed on: another host's, or too large, or not of our HTTP."""
        if self.refused is not None:
            raise self.refused
        if version not in ("1.1", "1.0"):
            raise Refused(505, "http-version", "This proxy speaks HTTP/1.1 and HTTP/1.0.", closes=True)
        if not self.target.startswith(b"/") and self.target != b"*":
            raise bad_request("The target is a path, such as /predict.")
        host = self.values.get(b"host")
        if host is None and version == "1.1":
            raise bad_request("The header host is missing.")
        if host is not None and not hosts.has(host):
            detail = "This proxy does not answer to that host name; add it to `hosts` of [serving] in everloop.toml."
            raise Refused(421, "unknown-host", detail, closes=True)

    @property
    def is_chunked(self) -> bool:
        """Whether the body comes in chunks."""
        return self.values.get(b"transfer-encoding", b"").lower() == b"chunked"

    def lines(self, *, host: bytes = b"") -> bytes:
        """The headers that go on, a line each, with `host` in place of the caller's where it is given."""
        drop = self._named - self.LOOKED_AT  # nobody may talk us out of how long a body is
        told = [
            b"%b: %b\r\n" % (name, host if host and lower == b"host" else value)
            for lower, name, value in self.fields
            if lower not in HOP_BY_HOP and lower not in drop
        ]
        if self.is_chunked:
            told.append(_CHUNKED)
        return b"".join(told)

    def is_foreign(self, hosts: HostNames) -> bool:
        """Whether a page of somebody else sent it: it passes, and what it says is not captured."""
        origin, site = self.values.get(b"origin"), self.values.get(b"sec-fetch-site")
        if site is not None and site not in (b"same-origin", b"none"):
            return True
        return origin is not None and not hosts.has_origin(origin)


def text(value: bytes | None) -> str:
    """A header's value for people and decoders."""
    return "" if value is None else value.decode("latin-1")
