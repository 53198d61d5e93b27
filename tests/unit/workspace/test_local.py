"""Which of two places an operation goes to: the lock tells, not a file that a killed process left."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

import everloop as el
from everloop.records.codec import to_json
from everloop.workspace.control_file import ControlFile


class Stranger(BaseHTTPRequestHandler):
    """Somebody else's server on the port of a control plane that was killed."""

    asked: list[str]

    def do_GET(self) -> None:
        self.asked.append(self.headers.get("authorization", ""))
        self.send_error(401)

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def stranger() -> Iterator[HTTPServer]:
    Stranger.asked = []
    server = HTTPServer(("127.0.0.1", 0), Stranger)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_left_over_control_file_sends_nothing_to_a_stranger(tmp_path: Path, stranger: HTTPServer) -> None:
    left_over = ControlFile(pid=1, url=f"http://127.0.0.1:{stranger.server_port}")
    with el.open(tmp_path) as workspace:
        (tmp_path / ".everloop/run/control.json").write_bytes(to_json(left_over))
        assert workspace.endpoints() == ()
    assert Stranger.asked == []
