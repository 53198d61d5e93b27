"""Follows the published route table: loads what it needs, and moves only to what is loaded and warmed."""

import asyncio
import logging
import os
from collections.abc import Callable
from pathlib import Path

from everloop.bundles.door import Bundle, open_bundle
from everloop.errors import EverloopError, StoredFormatUnknown
from everloop.ledger.capture import CaptureLog
from everloop.records.codec import from_json
from everloop.records.routes import Route, RouteTable
from everloop.serving.channel import RefusedBundle
from everloop.serving.loaded_bundle import LoadedBundle
from everloop.serving.metrics import Metrics
from everloop.serving.routing import LiveEndpoint, Routing, live_endpoint
from everloop.stores.layout import Layout

LOOK_S = 0.2

log = logging.getLogger("everloop.serving")

OpenBundle = Callable[[Path, str], Bundle]


class Follower:
    """Turns route tables into routings, one after the other."""

    def __init__(
        self,
        layout: Layout,
        *,
        capture: CaptureLog,
        metrics: Metrics,
        max_rows: int,
        refused: Callable[[RefusedBundle], None],
        opener: OpenBundle = open_bundle,
    ) -> None:
        self._layout = layout
        self._capture = capture
        self._metrics = metrics
        self._max_rows = max_rows
        self._refused = refused
        self._open = opener
        self._seen: tuple[int, int, int] | None = None
        self._routing = Routing(0, {})

    @property
    def routing(self) -> Routing:
        """What is live now."""
        return self._routing

    async def look(self) -> Routing | None:
        """The new routing if a newer table was published since the last look, with all its bundles loaded."""
        table = self._newer_table()
        if table is None:
            return None
        bundles, reasons = await asyncio.to_thread(self._load, table, self._routing.bundles)
        endpoints: dict[str, LiveEndpoint] = {}
        for route in table.routes:
            endpoint = self._endpoint(route, table, bundles, reasons)
            if endpoint is not None:
                endpoints[route.endpoint] = endpoint
        self._routing = Routing(table.number, endpoints)
        return self._routing

    def _newer_table(self) -> RouteTable | None:
        path = self._layout.routes / "current.json"
        try:
            status = os.stat(path)
            mark = (status.st_ino, status.st_mtime_ns, status.st_size)
            if mark == self._seen:
                return None
            table = from_json(RouteTable, path.read_bytes())
        except FileNotFoundError:
            return None
        except (OSError, StoredFormatUnknown) as error:
            log.error("the route table cannot be read; serving table %d on: %s", self._routing.number, error)
            return None
        self._seen = mark
        return table if table.number > self._routing.number else None

    def _load(
        self, table: RouteTable, live: dict[str, LoadedBundle]
    ) -> tuple[dict[str, LoadedBundle], dict[str, str]]:
        """The bundles that `table` needs, those that are live already as they are; and why others were refused."""
        bundles: dict[str, LoadedBundle] = {}
        reasons: dict[str, str] = {}
        for digest in sorted({v.bundle for route in table.routes for v in route.variants}):
            if digest in live:
                bundles[digest] = live[digest]
                continue
            try:
                opened = self._open(self._layout.bundles, digest)
                bundles[digest] = LoadedBundle(opened, max_rows=self._max_rows)
            except EverloopError as error:
                reasons[digest] = str(error)
            except Exception as error:
                # A bundle that breaks its loader is one more that is refused: the endpoint serves on.
                log.exception("bundle %s could not be loaded", digest[:12])
                reasons[digest] = f"it could not be loaded: {type(error).__name__}"
        return bundles, reasons

    def _endpoint(
        self, route: Route, table: RouteTable, bundles: dict[str, LoadedBundle], reasons: dict[str, str]
    ) -> LiveEndpoint | None:
        absent = [variant.bundle for variant in route.variants if variant.bundle not in bundles]
        if not absent:
            return live_endpoint(route, table, bundles, log=self._capture, metrics=self._metrics)
        for digest in absent:
            self._refused(RefusedBundle(bundle=digest, endpoint=route.endpoint, reason=reasons[digest]))
        return self._routing.endpoints.get(route.endpoint)
