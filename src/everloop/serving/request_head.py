"""What of a request's headers matters to us, checked as they arrive."""

from everloop.serving.limits import HostNames, Limits
from everloop.serving.refusal import Refused

NO_UPGRADE = "This server does not switch protocols; leave out `Upgrade`."

_FIELD = 4  # ": " and CRLF

_SINGLE = {
    b"host": "host",
    b"content-type": "content_type",
    b"content-length": "content_length",
    b"x-key": "key",
    b"origin": "origin",
    b"sec-fetch-site": "fetch_site",
    b"expect": "expect",
    b"idempotency-key": "idempotency_key",
}
_REFUSED = frozenset({b"upgrade", b"http2-settings"})


class RequestHead:
    """One request's start line and headers. `refused` is the first thing wrong with them."""

    __slots__ = (
        "_bytes",
        "_count",
        "_limits",
        "content_length",
        "content_type",
        "expect",
        "fetch_site",
        "host",
        "idempotency_key",
        "key",
        "origin",
        "refused",
        "target",
    )

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._bytes = 0
        self._count = 0
        self.target = b""
        self.refused: Refused | None = None
        self.host: bytes | None = None
        self.content_type: bytes | None = None
        self.content_length: bytes | None = None
        self.key: bytes | None = None
        self.origin: bytes | None = None
        self.fetch_site: bytes | None = None
        self.expect: bytes | None = None
        self.idempotency_key: bytes | None = None

    def take_target(self, target: bytes) -> None:
        """A part of the request's target; it may come in several."""
        self.target += target
        if len(self.target) + self._bytes > self._limits.head_bytes:
            self.refused = self.refused or too_large(self._limits)

    def take(self, name: bytes, value: bytes) -> None:
        """One header."""
        self._count += 1
        self._bytes += len(name) + len(value) + _FIELD
        if self._count > self._limits.headers or self._bytes + len(self.target) > self._limits.head_bytes:
            self.refused = self.refused or too_large(self._limits)
            return
        name = name.lower()
        slot = _SINGLE.get(name)
        if slot is not None:
            if getattr(self, slot) is not None:
                self.refused = self.refused or bad_request(f"The header {name.decode()} comes twice.")
            setattr(self, slot, value)
        elif name in _REFUSED:
            self.refused = self.refused or bad_request(NO_UPGRADE)

    def check(self, hosts: HostNames, *, version: str, writes: bool) -> None:
        """Refuse what is complete and wrong: unknown hosts, other pages' posts, bodies that are too large.

        `writes` says that the method is one that changes things.
        """
        if self.refused is not None:
            raise self.refused
        if version not in ("1.1", "1.0"):
            raise Refused(505, "http-version", "This server speaks HTTP/1.1 and HTTP/1.0.", closes=True)
        self._check_host(hosts, required=version == "1.1")
        if writes:
            self._check_writer(hosts)
        if self.content_length is not None and int(self.content_length) > self._limits.body_bytes:
            raise body_too_large(self._limits)
        if self.expect is not None and self.expect.lower() != b"100-continue":
            raise Refused(
                417, "expectation-failed", "Only `Expect: 100-continue` is understood.", closes=True
            )

    def _check_host(self, hosts: HostNames, *, required: bool) -> None:
        if self.host is None:
            if required:
                raise bad_request("The header host is missing.")
        elif not hosts.has(self.host):
            raise Refused(
                421,
                "unknown-host",
                "This server does not answer to that host name; add it to `hosts` of [serving] in everloop.toml.",
                closes=True,
            )

    def _check_writer(self, hosts: HostNames) -> None:
        """A browser sends these by itself, so a page of somebody else's cannot leave them out."""
        if self.origin is not None and not hosts.has_origin(self.origin):
            raise Refused(403, "foreign-origin", "Pages of another origin may not post here.", closes=True)
        if self.fetch_site is not None and self.fetch_site not in (b"same-origin", b"none"):
            raise Refused(403, "foreign-origin", "Pages of another site may not post here.", closes=True)
        kind = self.content_type
        if kind in (None, b"application/json"):
            return
        if kind.partition(b";")[0].strip().lower() != b"application/json":
            raise Refused(
                415, "not-json", "Send JSON, with the header `content-type: application/json`.", closes=True
            )


def bad_request(detail: str) -> Refused:
    """A request that is no good HTTP; what follows it on the connection cannot be trusted."""
    return Refused(400, "bad-request", detail, closes=True)


def too_large(limits: Limits) -> Refused:
    """Headers beyond the limits."""
    return Refused(
        431,
        "head-too-large",
        f"The headers are more than {limits.head_bytes} bytes or {limits.headers} fields.",
        closes=True,
    )


def body_too_large(limits: Limits) -> Refused:
    """A body beyond the limit, declared or read."""
    return Refused(
        413,
        "body-too-large",
        f"The body is more than {limits.body_bytes} bytes; send fewer rows at once, or raise "
        "`max_body_bytes` of [serving].",
        closes=True,
    )
