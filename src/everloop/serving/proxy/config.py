"""What a proxy is told at its start."""

from dataclasses import dataclass, field
from urllib.parse import urlsplit

from everloop.errors import InvalidRequest
from everloop.settings import Serving
from everloop.stores.layout import Layout

PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True, kw_only=True)
class Upstream:
    """The server that answers."""

    host: str
    port: int
    tls: bool = False

    @classmethod
    def of(cls, url: str) -> "Upstream":
        """From `http://host:port`; raises InvalidRequest for anything else, as for one with a path of its own."""
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError as error:
            raise InvalidRequest(f"{url[:200]!r} is no URL: {error}.") from error
        if parts.scheme not in PORTS or not parts.hostname:
            raise InvalidRequest(
                f"{url[:200]!r} is no upstream.",
                remedy="Write http://host:port, as in http://127.0.0.1:5001.",
            )
        if parts.path not in ("", "/") or parts.query or parts.fragment or parts.username is not None:
            raise InvalidRequest(
                f"{url[:200]!r} says more than a host and a port.",
                remedy="Paths are passed on as they come; callers keep theirs.",
            )
        return cls(host=parts.hostname, port=port or PORTS[parts.scheme], tls=parts.scheme == "https")

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{'https' if self.tls else 'http'}://{host}:{self.port}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """Where rows and answers stand in what passes.

    `path`, where it is not empty, is the only one whose requests are read; a `*` at its end stands for any rest.
    `inputs` and `outputs` name members of JSON bodies, with dots between levels; `.` is the body itself, and empty ones
    are found by the form. `id_header` and `id_field` are the caller's own ids.
    """

    format: str = "auto"
    path: str = ""
    inputs: str = ""
    outputs: str = ""
    id_header: str = ""
    id_field: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProxyConfig:
    """One proxy. Times in seconds."""

    layout: Layout
    endpoint: str
    upstream: Upstream
    host: str = "127.0.0.1"
    port: int = 8082
    reading: Reading = field(default_factory=Reading)
    serving: Serving = field(default_factory=Serving)
    connect_s: float = 5.0
    answer_s: float = 60.0  # of silence from the upstream
    upstream_host: str = ""  # in place of the caller's `Host`
