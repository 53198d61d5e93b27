"""Follows the published route table: loads what it needs, and moves only to what is loaded and warmed."""

import asyncio
import logging
import os
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from everloop.bundles.door import Bundle, open_bundle
from everloop.errors import EverloopError, StoredFormatUnknown
from everloop.ledger.capture import CaptureLog
from everloop.records.bundle import ELSEWHERE
from everloop.records.codec import from_json
from everloop.records.routes import Route, RouteTable
from everloop.serving.channel import RefusedBundle
from everloop.serving.elsewhere import ElsewhereBundle
from everloop.serving.loaded_bundle import LoadedBundle
from everloop.serving.metrics import Metrics
from everloop.serving.routing import LiveEndpoint, Routing, live_endpoint
from everloop.stores.layout import Layout

LOOK_S = 0.2
OLDER_TABLES = 20  # how far a worker that has just started looks back for a route whose bundles load

log = logging.getLogger("everloop.serving")

OpenBundle = Callable[[Path, str], Bundle]


class Follower:
    """Turns route tables into routings, one after the other.

    An endpoint whose new bundle is refused keeps the route it had; in a worker that has just started, that is the
    last one whose bundles load. A refused shadow is left out. The refusal is told to `refused` either way.
    """

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

    async def look(self) -> Routing | None:
        """The new routing if a newer table was published since the last look, with all its bundles loaded."""
        table = self._newer_table()
        if table is None:
            return None
        loading = _Loading(self._layout.bundles, self._routing.bundles, self._open, self._max_rows)
        plans = await asyncio.to_thread(lambda: [(r, *self._plan(r, table, loading)) for r in table.routes])
        endpoints: dict[str, LiveEndpoint] = {}
        hopeless: dict[str, str] = {}
        for route, chosen, of_table in plans:
            for digest in loading.refused(route, shadows=True):
                self._refused(
                    RefusedBundle(bundle=digest, endpoint=route.endpoint, reason=loading.reasons[digest])
                )
            if chosen is not None:
                endpoints[route.endpoint] = live_endpoint(
                    chosen, of_table, loading.bundles, log=self._capture, metrics=self._metrics
                )
            elif route.endpoint in self._routing.endpoints:
                endpoints[route.endpoint] = self._routing.endpoints[route.endpoint]
            else:
                hopeless[route.endpoint] = loading.reasons[loading.refused(route)[0]]
        self._routing = Routing(table.number, endpoints, hopeless)
        return self._routing

    def _plan(self, route: Route, table: RouteTable, loading: "_Loading") -> tuple[Route | None, RouteTable]:
        """The route to serve, and the table that it is of; None: the one that is live, if any. In a thread."""
        if loading.load(route) or route.endpoint in self._routing.endpoints:
            return (None if loading.refused(route) else route), table
        for older in self._older_tables(table.number):
            before = older.route(route.endpoint)
            if before is not None and loading.load(before):
                return before, older
        return None, table

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

    def _older_tables(self, number: int) -> Iterable[RouteTable]:
        for earlier in range(number - 1, max(0, number - 1 - OLDER_TABLES), -1):
            try:
                yield from_json(RouteTable, (self._layout.routes / f"{earlier}.json").read_bytes())
            except (OSError, StoredFormatUnknown):
                continue


class _Loading:
    """The bundles of one look, each loaded once."""

    def __init__(
        self, root: Path, live: Mapping[str, LoadedBundle], opener: OpenBundle, max_rows: int
    ) -> None:
        self._root = root
        self._open = opener
        self._max_rows = max_rows
        self.bundles = dict(live)
        self.reasons: dict[str, str] = {}  # why bundles were refused

    def load(self, route: Route) -> bool:
        """Whether every bundle that answers is loaded now. The shadows' are loaded too, if they can be."""
        for variant in (*route.variants, *route.shadows):
            digest = variant.bundle
            if digest not in self.bundles and digest not in self.reasons:
                self._load(digest)
        return not self.refused(route)

    def refused(self, route: Route, *, shadows: bool = False) -> list[str]:
        """The digests of the route's bundles that were refused, each once."""
        asked = (*route.variants, *route.shadows) if shadows else route.variants
        return list(dict.fromkeys(one.bundle for one in asked if one.bundle in self.reasons))

    def _load(self, digest: str) -> None:
        try:
            bundle = self._open(self._root, digest)
            kind = ElsewhereBundle if bundle.manifest.runtime == ELSEWHERE else LoadedBundle
            self.bundles[digest] = kind(bundle, max_rows=self._max_rows)
        except EverloopError as error:
            self.reasons[digest] = str(error)
        except Exception as error:
            # A bundle that breaks its loader is one more that is refused: the endpoint serves on.
            log.exception("bundle %s could not be loaded", digest[:12])
            self.reasons[digest] = f"It could not be loaded: {type(error).__name__}."
