"""The stream that keeps a page up to date, over real HTTP."""

import contextlib
import json
import socket
import threading
import time
from collections.abc import Iterator

import httpx
import pytest

from everloop.actions.deploy import DeployRequest, deploy
from everloop.control.api_server import ApiServer
from everloop.control.app import create_app
from everloop.web import live as live_module
from everloop.web.pages import Pages
from everloop.web.watcher import Watcher


class Served:
    """Pages of the house on a port of their own."""

    def __init__(self, house) -> None:
        self.house = house
        listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        principal = house.pages._principal
        self.pages = Pages(house.office, principal=principal, secret=house.token)
        app = create_app(
            house.office,
            settings=house.settings.control,
            token=house.token,
            principal=principal,
            pages=self.pages,
        )
        self.server = ApiServer(app, listener)

    @contextlib.contextmanager
    def client(self) -> Iterator[httpx.Client]:
        with httpx.Client(base_url=self.url, timeout=20, trust_env=False) as client:
            assert client.get(self.pages.url("")).status_code == 200
            yield client

    def stop(self) -> float:
        began = time.monotonic()
        self.pages.close()
        self.server.stop()
        return time.monotonic() - began


class Stream:
    """One open stream; `events` are read as they come."""

    def __init__(self, answer: httpx.Response) -> None:
        self.answer = answer
        self.events = self._read()

    def _read(self) -> Iterator[tuple[str, object]]:
        kind = ""
        for line in self.answer.iter_lines():
            name, _, value = line.partition(": ")
            if name == "event":
                kind = value
            elif name == "data":
                yield kind, json.loads(value)

    def parts(self, until: str) -> dict[str, str]:
        """Parts up to and with the one of that name."""
        found: dict[str, str] = {}
        for kind, data in self.events:
            if kind == "part":
                found[data["name"]] = data["html"]
                if data["name"] == until:
                    return found
        raise AssertionError("the stream ended")


@pytest.fixture
def served(house) -> Iterator[Served]:
    served = Served(house)
    yield served
    served.stop()


@contextlib.contextmanager
def streaming(client: httpx.Client, path: str = "/page/churn/live") -> Iterator[Stream]:
    with client.stream("GET", path) as answer:
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/event-stream")
        yield Stream(answer)


def test_a_page_gets_every_part_once_and_then_those_that_change(served):
    with served.client() as client, streaming(client) as stream:
        first = stream.parts(until="decide")
        assert {"state", "quality", "champion", "traffic", "drift", "happened", "decide"} <= set(first)
        deploy(
            served.house.context(),
            DeployRequest(endpoint="churn", model="churn", version=1, override="a change that is seen"),
        )
        second = stream.parts(until="decide")
        assert "A change that is seen" in second["happened"]
        assert "churn@1" in second["champion"]
        assert not {"quality", "drift"} & set(second)
    deploy(served.house.context(), DeployRequest(endpoint="churn", model="churn", version=2, override="back"))


def test_however_many_look_the_endpoint_is_looked_at_once_a_second_and_for_nobody_not_at_all(
    served, monkeypatch
):
    monkeypatch.setattr(live_module, "PULSE_S", 1.5)
    looks: list[float] = []
    look = Watcher._look
    monkeypatch.setattr(Watcher, "_look", lambda self: (looks.append(time.monotonic()), look(self))[1])
    with contextlib.ExitStack() as stack:
        streams = []
        for _ in range(6):
            client = stack.enter_context(served.client())
            streams.append(stack.enter_context(streaming(client)))
        for stream in streams:
            stream.parts(until="decide")
        began, before = time.monotonic(), len(looks)
        while len(looks) < before + 2:
            next(streams[0].events)
        assert len(looks) - before <= time.monotonic() - began + 1
    live = served.pages._live
    deadline = time.monotonic() + 10
    while live._channels:
        assert time.monotonic() < deadline, "somebody still looks"
        threading.Event().wait(0.02)
    after = len(looks)
    threading.Event().wait(1.2)  # that nothing happens can only be seen by waiting
    assert len(looks) == after


def test_the_server_stops_at_once_with_pages_open(house):
    served = Served(house)
    with served.client() as client, streaming(client) as stream:
        stream.parts(until="decide")
        assert served.stop() < 3


def test_signing_out_ends_the_streams_of_the_session(served):
    import re

    with served.client() as client, streaming(client) as stream:
        stream.parts(until="decide")
        token = re.search(r'name="form-token" value="([^"]+)"', client.get("/page/churn").text)[1]
        client.post("/sign-out", data={"form-token": token}, headers={"origin": served.url})
        began = time.monotonic()
        assert any(kind == "ended" for kind, _ in stream.events)
        assert time.monotonic() - began < 1


def test_only_so_many_pages_are_kept_up_to_date(served, monkeypatch):
    monkeypatch.setattr(live_module, "MOST_OF_SESSION", 2)
    with served.client() as client, streaming(client) as one, streaming(client) as two:
        one.parts(until="decide")
        two.parts(until="decide")
        answer = client.get("/page/churn/live")
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "30")


def test_a_page_of_nothing_has_a_stream_too(served):
    with served.client() as client, streaming(client, "/live") as stream:
        kinds = [next(stream.events)[0] for _ in range(2)]
        assert "pulse" in kinds
    with served.client() as client:
        assert client.get("/page/none/live").status_code == 404


def test_trouble_in_one_look_is_got_over(served, monkeypatch):
    look, failed = Watcher._look, []

    def sometimes(self):
        if len(failed) == 1:
            failed.append(1)
            raise ZeroDivisionError("a fault of ours")
        failed.append(1)
        return look(self)

    monkeypatch.setattr(Watcher, "_look", sometimes)
    monkeypatch.setattr(live_module, "AFTER_TROUBLE_S", 0.05)
    with served.client() as client, streaming(client) as stream:
        stream.parts(until="decide")
        deploy(
            served.house.context(),
            DeployRequest(endpoint="churn", model="churn", version=1, override="later"),
        )
        assert "Later" in stream.parts(until="happened")["happened"]
    deploy(served.house.context(), DeployRequest(endpoint="churn", model="churn", version=2, override="back"))
