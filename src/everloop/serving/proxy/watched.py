"""What is watched, as the route table says it, and which requests are about it."""

import logging
import os

from everloop.bundles.door import open_bundle
from everloop.clock import Hand
from everloop.errors import EverloopError, NotFound, StoredFormatUnknown
from everloop.ledger.capture import Answered, CaptureLog, Context
from everloop.records.bundle import ELSEWHERE
from everloop.records.codec import from_json
from everloop.records.routes import Route, RouteTable
from everloop.serving.limits import HostNames
from everloop.serving.prediction_ids import PredictionIds
from everloop.serving.proxy.config import ProxyConfig
from everloop.serving.proxy.counts import Counts
from everloop.serving.proxy.exchange import Exchange
from everloop.serving.proxy.passed_head import text
from everloop.serving.proxy.witness import LONGEST_ID, Witness

log = logging.getLogger("everloop.proxy")

ASKS = frozenset({"POST", "PUT"})  # methods that carry rows


class Watched:
    """The endpoint of a proxy. Where its model is not served elsewhere any more, everything passes unread."""

    def __init__(
        self,
        config: ProxyConfig,
        *,
        capture: CaptureLog,
        ids: PredictionIds,
        hosts: HostNames,
        counts: Counts,
        hand: Hand,
    ) -> None:
        self._config = config
        self._capture = capture
        self._ids = ids
        self._hosts = hosts
        self._counts = counts
        self._hand = hand
        self._witness: Witness | None = None
        self._seen: tuple[int, int] | None = None
        self._route: Route | None = None
        self._id_header = config.reading.id_header.lower().encode()
        path = config.reading.path.encode()
        self._path, self._any_rest = path.removesuffix(b"*"), path.endswith(b"*")
        self.why_not = ""  # why nothing is captured

    def look(self) -> None:
        """Follow the route table; raises NotFound for an endpoint that it does not have."""
        path = self._config.layout.routes / "current.json"
        try:
            status = os.stat(path)
            if (status.st_ino, status.st_mtime_ns) == self._seen:
                return
            table = from_json(RouteTable, path.read_bytes())
        except FileNotFoundError:
            table = None
        if table is not None:
            self._seen = (status.st_ino, status.st_mtime_ns)
        name = self._config.endpoint
        route = table.route(name) if table is not None else None
        if route is None or table is None:
            raise NotFound(
                f"There is no endpoint {name!r}.",
                remedy=f"Declare it with `everloop watch {name} --target COLUMN --data DATASET`.",
            )
        if route != self._route:
            self._route = route
            self._follow(route, table.number)

    def look_again(self) -> None:
        """The same while it runs: what cannot be read now leaves things as they are."""
        try:
            self.look()
        except (EverloopError, OSError, StoredFormatUnknown) as error:
            log.error("the route table cannot be followed: %s", error)

    def _follow(self, route: Route, table: int) -> None:
        champion = route.variants[0]
        manifest = open_bundle(self._config.layout.bundles, champion.bundle).manifest
        if manifest.runtime != ELSEWHERE:
            self._witness = None
            self.why_not = (
                f"{champion.model}@{champion.version} answers at {route.endpoint} here, not elsewhere"
            )
            log.warning("everything passes and nothing is captured: %s", self.why_not)
            return
        self.why_not = ""
        context = self._capture.context(
            Context(
                endpoint=route.endpoint,
                variant=champion.name,
                model=champion.model,
                version=champion.version,
                bundle=champion.bundle,
                signature=manifest.signature,
                route_table=table,
                share=champion.share,
                rung="elsewhere",
            )
        )
        self._witness = Witness(
            manifest.signature,
            context,
            self._config.reading,
            self._counts,
            self._hand,
            most_bytes=self._config.serving.max_body_bytes,
            most_rows=self._config.serving.max_rows,
        )

    def choose(self, exchange: Exchange) -> None:
        """Mark a request that may carry rows."""
        head = exchange.head
        if self._witness is None or exchange.method not in ASKS or not self._is_ours(head.target):
            return
        if head.is_foreign(self._hosts):  # whoever opened a page of somebody else's did not mean to tell us
            self._counts.not_read("a page of another site sent it")
            return
        exchange.read_it(self._ident(exchange), self._config.serving.max_body_bytes)

    def prepare(self, exchange: Exchange) -> None:
        """Read its question before its answer has come."""
        if self._witness is not None and exchange.prepared is None and not exchange.is_answered:
            self._witness.prepare(exchange)

    def read(self, exchange: Exchange) -> Answered | None:
        """What is kept of it."""
        return None if self._witness is None else self._witness.read(exchange)

    def _is_ours(self, target: bytes) -> bool:
        if not self._path and not self._any_rest:
            return True
        path = target.partition(b"?")[0]
        return path.startswith(self._path) if self._any_rest else path == self._path

    def _ident(self, exchange: Exchange) -> str:
        """The caller's id of the request, where it has one that can be kept; else ours."""
        if self._id_header:
            for lower, _, value in exchange.head.fields:
                told = text(value)
                if lower == self._id_header and 0 < len(told) <= LONGEST_ID - 8 and told.isascii():
                    return told
        return self._ids.take(1)[0]
