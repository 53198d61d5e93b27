"""A real proxy process over a small workspace, in front of a server that a test controls."""

import signal
import socket
import subprocess
import sys
from collections.abc import Sequence
from contextlib import closing, suppress
from pathlib import Path

from everloop.bundles.writer import write_bundle
from everloop.ledger.capture import Answered, Context
from everloop.ledger.folder import CaptureFolder
from everloop.records.bundle import BundleManifest
from everloop.records.signature import Column, Label, Signature
from everloop.serving.proxy.status import ProxyStatus, proxy_statuses
from everloop.stores.layout import Layout
from everloop.testing.linear_bundle import numbers
from everloop.testing.running_worker import publish, read_all, route

SHORT = """[serving]
header_deadline_s = 0.5
body_deadline_s = 0.5
idle_deadline_s = 30.0
max_body_bytes = 65536
max_rows = 1000
"""


def elsewhere_bundle(root: Path, columns: Sequence[Column], classes: Sequence[Label] = ()) -> str:
    """The bundle of a model that is served elsewhere; its digest."""
    signature = Signature(
        task="classification" if classes else "regression",
        target="y",
        columns=tuple(columns),
        classes=tuple(classes),
    )
    manifest = BundleManifest(runtime="elsewhere", signature=signature, files=(), recipe="", data="1" * 64)
    return write_bundle(root, manifest, {})


def watched_project(folder: Path, *, settings: str = SHORT) -> Layout:
    """A project with an endpoint `sign`, served elsewhere: of `a` and `b` it says which is larger, `more` or `less`."""
    from everloop.workspace.project import project

    (folder / "everloop.toml").write_text(settings, encoding="utf-8")
    _, _, layout = project(folder)
    digest = elsewhere_bundle(layout.bundles, numbers("a", "b", nullable=True), ("more", "less"))
    publish(layout, 1, route("sign", digest))
    return layout


class RunningProxy:
    """`everloop proxy` for an endpoint of a project, by default `sign` of a watched one."""

    def __init__(self, layout: Layout, upstream: str, *options: str, endpoint: str = "sign") -> None:
        """Start it, and wait until it listens."""
        self.layout = layout
        command = [str(Path(sys.executable).with_name("everloop")), "proxy", "--upstream", upstream]
        command += ["--endpoint", endpoint, "--port", "0", "--folder", str(layout.root.parent), *options]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        assert self.process.stdout is not None
        told = self.process.stdout.readline()
        assert "Everything at http://127.0.0.1:" in told, told
        self.port = int(told.split()[2].rpartition(":")[2])

    def connect(self, timeout_s: float = 10.0) -> socket.socket:
        """A connection to it."""
        return socket.create_connection(("127.0.0.1", self.port), timeout=timeout_s)

    def exchange(self, sent: bytes) -> bytes:
        """Everything that comes back until the proxy closes."""
        with closing(self.connect()) as client:
            with suppress(BrokenPipeError, ConnectionResetError):  # refused while we still sent
                client.sendall(sent)
            return read_all(client)

    def captured(self) -> list[tuple[Context, Answered]]:
        """What was captured, in its order."""
        folder = CaptureFolder(self.layout.capture)
        segments = [segment for name in folder.ids() if (segment := folder.read(name)) is not None]
        return [
            (segment.contexts[one.context], one)
            for segment in segments
            for group in segment.answers
            for one in group
        ]

    def status(self) -> ProxyStatus:
        """What it tells of itself, at most a second old."""
        found = [one for one in proxy_statuses(self.layout) if one.pid == self.process.pid]
        assert found, "the proxy has told nothing"
        return found[0]

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
            if self.process.stdout is not None:
                self.process.stdout.close()
