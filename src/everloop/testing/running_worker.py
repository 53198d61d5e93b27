"""A real worker process over a small workspace, and raw sockets to talk to it, without a supervisor."""

import json
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import closing, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from everloop.ledger.folder import CaptureFolder
from everloop.records.codec import to_json
from everloop.records.names import new_id
from everloop.records.routes import Route, RouteTable, Variant
from everloop.serving.worker_config import WorkerConfig
from everloop.settings import Serving
from everloop.stores.layout import Layout
from everloop.testing.linear_bundle import linear_bundle, numbers

VARIANTS = ("champion", "candidate", "second", "third")

Answer = tuple[int, dict[str, str], bytes]
"""Status, headers with lower-case names, body."""


class RunningWorker:
    """One worker behind a socket that the test owns, as a supervisor would."""

    def __init__(self, root: Path, settings: Serving, *, beside: "RunningWorker | None" = None) -> None:
        """Start it; `beside` is a worker whose listening socket it shares."""
        self.layout = Layout(root)
        self.layout.run.mkdir(parents=True, exist_ok=True)
        self.listener: socket.socket
        if beside is None:
            self.listener = socket.create_server(("127.0.0.1", 0), backlog=1024)
        else:
            self.listener = beside.listener.dup()
        self.port = self.listener.getsockname()[1]
        self.channel, theirs = socket.socketpair()
        config = WorkerConfig(
            root=str(root),
            slot=0 if beside is None else 1,
            token=new_id("w"),
            listen_fd=self.listener.fileno(),
            channel_fd=theirs.fileno(),
            serving=settings,
        )
        self.process = subprocess.Popen(
            [sys.executable, "-m", "everloop.serving.worker", config.to_argument()],
            pass_fds=(self.listener.fileno(), theirs.fileno()),
        )
        theirs.close()
        self._messages = self.channel.makefile("rb")
        self.channel.settimeout(20)

    def message(self) -> dict[str, Any]:
        """The next thing that the worker says to its supervisor."""
        told: dict[str, Any] = json.loads(self._messages.readline())
        return told

    def connect(self, timeout_s: float = 10.0) -> socket.socket:
        """A connection to it."""
        return socket.create_connection(("127.0.0.1", self.port), timeout=timeout_s)

    def exchange(self, sent: bytes) -> bytes:
        """Everything that the worker answers to `sent` until it closes, or until it has been silent for a while."""
        with closing(self.connect()) as client:
            with suppress(BrokenPipeError, ConnectionResetError):  # refused while we still sent
                client.sendall(sent)
            return read_all(client)

    def get(self, path: str) -> bytes:
        """The whole answer to a GET."""
        return self.exchange(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())

    def captured(self) -> tuple[list[str], int]:
        """The ids of all rows whose answers were captured, and the number of captured outcomes."""
        folder = CaptureFolder(self.layout.capture)
        segments = [segment for name in folder.ids() if (segment := folder.read(name)) is not None]
        answers = [(s.contexts[one.context], one) for s in segments for group in s.answers for one in group]
        ids = [i for context, answer in answers if not context.shadow for i in answer.ids]
        return ids, sum(len(segment.outcomes) for segment in segments)

    def end(self) -> int:
        """TERM, and its exit code."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(15)
        finally:
            if self.process.poll() is None:
                self.process.kill()
                self.process.wait()
            self._messages.close()
            self.channel.close()
            self.listener.close()


def read_all(client: socket.socket) -> bytes:
    """What arrives until the other side closes."""
    parts = []
    with suppress(ConnectionResetError):
        while part := client.recv(65536):
            parts.append(part)
    return b"".join(parts)


def read_answer(client: socket.socket) -> Answer:
    """One answer: its status, headers and body."""
    data = b""
    while b"\r\n\r\n" not in data:
        data += _more(client)
    head, _, body = data.partition(b"\r\n\r\n")
    lines = head.decode().split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])}
    while len(body) < int(headers["content-length"]):
        body += _more(client)
    return int(lines[0].split()[1]), headers, body


def _more(client: socket.socket) -> bytes:
    part = client.recv(65536)
    if not part:
        raise ConnectionError("The worker closed the connection in the middle of an answer.")
    return part


def invocation(body: bytes, *, path: str = "/endpoints/sign/invocations", headers: str = "") -> bytes:
    """A whole request."""
    return (
        f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n{headers}"
        f"Content-Length: {len(body)}\r\n\r\n"
    ).encode() + body


def publish(layout: Layout, number: int, *routes: Route) -> None:
    """Put a route table where workers look, as the control plane does."""
    layout.routes.mkdir(parents=True, exist_ok=True)
    temporary = layout.routes / f"{number}.tmp"
    temporary.write_bytes(to_json(RouteTable(number=number, published_at=datetime.now(UTC), routes=routes)))
    temporary.replace(layout.routes / "current.json")


def route(
    endpoint: str, *bundles: str, shares: Sequence[float] = (1.0,), rollout: str = "", shadows: bool = False
) -> Route:
    """A route whose variants share one model name; the champion first. With `shadows`, each of them shadows too."""
    variants = tuple(
        Variant(name=name, model="sign", version=place + 1, bundle=bundle, share=share)
        for place, (name, bundle, share) in enumerate(zip(VARIANTS, bundles, shares, strict=False))
    )
    return Route(
        endpoint=endpoint,
        salt="pepper",
        variants=variants,
        rollout=rollout,
        shadows=variants if shadows else (),
    )


def sign_workspace(root: Path) -> Layout:
    """An endpoint `sign` that says whether `a` is larger than `b`."""
    layout = Layout(root)
    digest = linear_bundle(layout.bundles, numbers("a", "b"), [[1, 0], [0, 1]], classes=("more", "less"))
    publish(layout, 1, route("sign", digest))
    return layout


def wait_until(condition: Callable[[], bool], timeout_s: float = 10.0) -> None:
    """Look again and again; raises TimeoutError when it takes too long."""
    deadline = time.monotonic() + timeout_s
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError("It did not happen in time.")
        time.sleep(0.005)
