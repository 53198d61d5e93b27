"""Paths, and who answers them."""

from collections.abc import Callable, Mapping

import httptools

from everloop.clock import Hand
from everloop.serving.description import described
from everloop.serving.handler import Handler
from everloop.serving.invocations import Invocations
from everloop.serving.limits import HostNames
from everloop.serving.metrics import Metrics
from everloop.serving.outcome_posts import OutcomePosts
from everloop.serving.record_posts import RecordPosts
from everloop.serving.refusal import Refused
from everloop.serving.request_head import RequestHead
from everloop.serving.response import Manner, Reply, json_reply
from everloop.serving.routing import LiveEndpoint, Routing
from everloop.serving.tick import Asker, Waiting
from everloop.serving.truth import Truth

FEW = 10  # endpoints that a refusal still names

Methods = Mapping[str, Handler]


class Resources:
    """All paths of one route table. `metrics_text` gives the body of `/metrics`."""

    def __init__(
        self,
        *,
        hosts: HostNames,
        metrics: Metrics,
        metrics_text: Callable[[], bytes],
        max_rows: int,
        hand: Hand | None = None,
    ) -> None:
        self._hosts = hosts
        self._metrics = metrics
        self._metrics_text = metrics_text
        self._max_rows = max_rows
        self._hand = hand or Hand()
        self._paths: dict[bytes, Methods] = {}
        self._names: tuple[str, ...] = ()
        self.route(Routing(0, {}))

    def route(self, routing: Routing) -> None:
        """Answer for the endpoints of `routing` from now on."""
        self._names = tuple(sorted(routing.endpoints))
        paths: dict[bytes, Methods] = {
            b"/ping": _constant(json_reply({"status": "ready", "route_table": routing.number})),
            b"/metrics": _reading(self._metrics_reply),
            b"/endpoints": _constant(json_reply({"endpoints": self._names})),
        }
        for name, endpoint in routing.endpoints.items():
            path = f"/endpoints/{name}".encode()
            paths[path] = _constant(json_reply(described(endpoint, max_rows=self._max_rows)))
            paths[path + b"/invocations"] = {"POST": Invocations(endpoint, self._metrics)}
            paths[path + b"/records"] = {"POST": RecordPosts(endpoint)}
            paths[path + b"/outcomes"] = {
                "POST": OutcomePosts(name, max_rows=self._max_rows, hand=self._hand, truth=_truth(endpoint))
            }
        for name, reason in routing.refused.items():
            paths |= _unavailable(name, reason)
        self._paths = paths

    def find(self, target: bytes, method: str) -> Handler:
        """Who answers `method` at `target`; raises Refused if nobody does."""
        methods = self._paths.get(target) or self._paths.get(self._path(target))
        if methods is None:
            raise self._unknown(target)
        handler = methods.get(method)
        if handler is None:
            allowed = ", ".join(methods)
            raise Refused(
                405,
                "wrong-method",
                f"This path takes {allowed}, not {method[:20]}.",
                headers=f"allow: {allowed}\r\n".encode(),
            )
        return handler

    def _path(self, target: bytes) -> bytes:
        """The path without its query; of an absolute target too, whose host must be ours."""
        if target.startswith((b"http://", b"https://")):
            try:
                url = httptools.parse_url(target)
            except httptools.HttpParserInvalidURLError:
                return b""
            authority = (url.host or b"") + (b":%d" % url.port if url.port else b"")
            if not self._hosts.has(authority):
                raise Refused(
                    421, "unknown-host", "This server does not answer to that host name.", closes=True
                )
            target = url.path or b"/"
        return target.partition(b"?")[0]

    def _unknown(self, target: bytes) -> Refused:
        if len(self._names) == 0:
            known = "No endpoint is deployed; deploy one with `everloop deploy`."
        elif len(self._names) <= FEW:
            known = f"Endpoints: {', '.join(self._names)}."
        else:
            known = "GET /endpoints lists the endpoints."
        asked = target[:80].decode("latin-1")
        return Refused(404, "not-found", f"There is nothing at {asked!r}. {known}")

    def _metrics_reply(self) -> Reply:
        return Reply(200, b"content-type: text/plain; version=0.0.4; charset=utf-8\r\n", self._metrics_text())


def _truth(endpoint: LiveEndpoint) -> Truth:
    return Truth([variant.bundle.signature for variant in endpoint.variants])


def _unavailable(endpoint: str, reason: str) -> dict[bytes, Methods]:
    def refuse(asker: Asker, manner: Manner, head: RequestHead, body: bytes, started: float) -> Waiting:
        raise Refused(503, "bundle-refused", f"The endpoint {endpoint!r} has no model that loads: {reason}")

    path = f"/endpoints/{endpoint}".encode()
    return {path: {"GET": refuse, "HEAD": refuse}, path + b"/invocations": {"POST": refuse}}


def _constant(reply: Reply) -> Methods:
    return _reading(lambda: reply)


def _reading(reply: Callable[[], Reply]) -> Methods:
    def handle(asker: Asker, manner: Manner, head: RequestHead, body: bytes, started: float) -> Waiting:
        return Waiting(asker, manner, reply())

    return {"GET": handle, "HEAD": handle}
