"""A plane over memory: bundles made by hand, a capture log in memory, answers kept instead of sent."""

import asyncio
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from everloop.bundles.door import open_bundle
from everloop.ledger.memory_capture import MemoryCapture
from everloop.records.routes import Route, RouteTable
from everloop.serving.limits import HostNames, Limits
from everloop.serving.loaded_bundle import LoadedBundle
from everloop.serving.metrics import Metrics
from everloop.serving.plane import Plane
from everloop.serving.prediction_ids import PredictionIds
from everloop.serving.request_head import RequestHead
from everloop.serving.resources import Resources
from everloop.serving.response import Manner, Reply
from everloop.serving.routing import Routing, live_endpoint


class Listener:
    """An asker that keeps what it is answered."""

    def __init__(self) -> None:
        self.replies: list[Reply] = []
        self.committed: list[int] = []  # groups in the capture log when each answer came
        self.log: MemoryCapture | None = None

    def deliver(self, reply: Reply, manner: Manner) -> None:
        self.replies.append(reply)
        if self.log is not None:
            self.committed.append(len(answers_in(self.log)))


def answers_in(log: MemoryCapture) -> list:
    return [answer for segment in log.segments() for group in segment.answers for answer in group]


class PlaneKit:
    """Everything a test of the tick needs."""

    def __init__(self, folder: Path, loop: asyncio.AbstractEventLoop) -> None:
        self.folder = folder
        self.loop = loop
        self.log = MemoryCapture(worker="w_test")
        self.metrics = Metrics()
        self.hosts = HostNames()
        self.resources = Resources(
            hosts=self.hosts, metrics=self.metrics, metrics_text=lambda: b"", max_rows=1000
        )
        self.plane = Plane(
            loop,
            limits=Limits(),
            hosts=self.hosts,
            log=self.log,
            ids=PredictionIds("w_test"),
            metrics=self.metrics,
            resources=self.resources,
        )

    def load(self, digest: str) -> LoadedBundle:
        return LoadedBundle(open_bundle(self.folder, digest), max_rows=1000)

    def route(self, number: int, bundles: Sequence[LoadedBundle], *routes: Route) -> None:
        table = RouteTable(number=number, published_at=datetime.now(UTC), routes=routes)
        known = {bundle.digest: bundle for bundle in bundles}
        endpoints = {
            route.endpoint: live_endpoint(route, table, known, log=self.log, metrics=self.metrics)
            for route in routes
        }
        self.plane.route(Routing(number, endpoints))

    def listener(self) -> Listener:
        listener = Listener()
        listener.log = self.log
        return listener

    def ask(
        self, listener: Listener, path: str, body: bytes, *, key: bytes | None = None, started: float = 0.0
    ) -> None:
        """One whole request, as a connection hands it on; answered at `plane.tick.finish()`."""
        head = RequestHead(self.plane.limits)
        head.key = key
        handler = self.resources.find(path.encode(), "POST")
        self.plane.tick.add(handler(listener, Manner(), head, body, started))


@pytest.fixture
def kit(tmp_path: Path) -> Iterator[PlaneKit]:
    loop = asyncio.new_event_loop()
    yield PlaneKit(tmp_path / "bundles", loop)
    loop.close()
