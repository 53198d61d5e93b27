"""A server that answers as its paths say, and a proxy before it that all tests of a module share."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from everloop.testing.running_proxy import RunningProxy, watched_project
from everloop.testing.wayward_server import WaywardServer


@pytest.fixture(scope="module")
def upstream() -> Iterator[WaywardServer]:
    """The server that is served elsewhere."""
    server = WaywardServer()
    yield server
    server.close()


@pytest.fixture(scope="module")
def proxy(tmp_path_factory: pytest.TempPathFactory, upstream: WaywardServer) -> Iterator[RunningProxy]:
    """A proxy with short deadlines."""
    running = RunningProxy(
        watched_project(tmp_path_factory.mktemp("project")), upstream.url, "--timeout", "0.6"
    )
    yield running
    assert running.end() == 143


@pytest.fixture
def start_proxy(tmp_path: Path) -> Iterator[Callable[..., RunningProxy]]:
    """Starts a proxy of the test's own."""
    started: list[RunningProxy] = []

    def start(upstream: str, *options: str) -> RunningProxy:
        running = RunningProxy(watched_project(tmp_path), upstream, *options)
        started.append(running)
        return running

    yield start
    for running in started:
        running.end()


@pytest.fixture
def ask() -> Callable[..., bytes]:
    """Makes a request that posts rows of `a` and `b`."""

    def make(path: str, *rows: tuple[float, float], headers: str = "", closes: bool = True) -> bytes:
        body = json.dumps({"instances": [{"a": a, "b": b} for a, b in rows or ((2, 1),)]})
        close = "Connection: close\r\n" if closes else ""
        head = (
            f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n{headers}{close}"
        )
        return f"{head}Content-Length: {len(body)}\r\n\r\n{body}".encode()

    return make
