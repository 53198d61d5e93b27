import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from everloop.serving.status import ServingStatus, last_status, serving_status
from everloop.stores.layout import Layout

FAKE = Path(__file__).with_name("fake_worker.py")
PROGRAM = """
import sys, msgspec
from everloop.errors import EverloopError
from everloop.serving.supervisor import supervise
from everloop.serving.supervisor_config import SupervisorConfig
config = msgspec.json.decode(sys.argv[1], type=SupervisorConfig)
try:
    sys.exit(supervise(config, worker=(sys.executable, sys.argv[2])))
except EverloopError as error:
    sys.exit(str(error))
"""


class Served:
    """A supervisor of fake workers in a process of its own, whose parent pipe we hold."""

    def __init__(self, root: Path, *, workers: int = 2, port: int = 0, drain_s: float = 1.0) -> None:
        self.layout = Layout(root)
        parent, self.life = os.pipe()
        config = {
            "root": str(root),
            "parent_fd": parent,
            "serving": {"port": port, "workers": workers, "drain_s": drain_s},
        }
        self.process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, json.dumps(config), str(FAKE)],
            pass_fds=(parent,),
            stderr=subprocess.PIPE,
            text=True,
        )
        os.close(parent)

    def until(self, wanted: Callable[[ServingStatus], bool], within_s: float = 60.0) -> ServingStatus:
        def seen() -> ServingStatus | None:
            status = serving_status(self.layout)
            return status if status is not None and wanted(status) else None

        return until(seen, within_s)

    def all_ready(self) -> ServingStatus:
        return self.until(lambda s: s.ready == len(s.workers) > 0)

    def end_of_parent(self) -> None:
        if self.life >= 0:
            os.close(self.life)
            self.life = -1

    def errors(self) -> str:
        return self.process.communicate(timeout=30)[1]


def until(seen: Callable[[], object], within_s: float = 60.0):
    deadline = time.monotonic() + within_s
    while not (value := seen()):
        assert time.monotonic() < deadline, "it did not come to pass"
        time.sleep(0.005)
    return value


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Callable[..., Served]]:
    started: list[Served] = []

    def start(root: Path = tmp_path, **options: object) -> Served:
        started.append(Served(root, **options))
        return started[-1]

    yield start
    for served in started:
        served.end_of_parent()
        try:
            served.process.communicate(timeout=30)
        finally:
            served.process.kill()


def answering_pid(status: ServingStatus) -> int:
    with socket.create_connection((status.host, status.port), timeout=10) as connection:
        return int(connection.makefile("rb").read())


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_every_worker_answers_on_the_one_socket(serve):
    status = serve(workers=3).all_ready()
    assert answering_pid(status) in {w.pid for w in status.workers}
    assert [w.slot for w in status.workers] == [0, 1, 2]
    assert status.has_reached(7)
    assert not status.has_reached(8)


def test_a_killed_worker_is_replaced_and_the_reason_told(serve):
    served = serve()
    victim = served.all_ready().workers[0].pid
    os.kill(victim, signal.SIGKILL)
    status = served.until(lambda s: s.ready == 2 and victim not in {w.pid for w in s.workers})
    assert status.deaths == 1
    assert "SIGKILL" in status.note


def test_a_status_that_cannot_be_written_ends_nothing_and_is_written_later(serve):
    served = serve()
    first = served.all_ready()
    told = served.layout.run / "serving.json"
    told.unlink()
    told.mkdir()  # as a full disk would: no file can be put in its place
    os.kill(first.workers[0].pid, signal.SIGKILL)
    assert any("could not be written" in line for line in served.process.stderr)
    told.rmdir()
    after = served.until(lambda s: s.ready == 2 and s.workers != first.workers)
    assert after.pid == first.pid


def test_connections_wait_in_the_socket_while_no_worker_lives(serve):
    served = serve()
    status = served.all_ready()
    for worker in status.workers:
        os.kill(worker.pid, signal.SIGKILL)
    assert answering_pid(status) not in {w.pid for w in status.workers}


def test_workers_that_never_become_ready_are_started_ever_more_slowly(serve, tmp_path):
    (tmp_path / "refuse-to-start").touch()
    served = serve(workers=1)
    seen = served.until(lambda s: s.deaths >= 5)
    assert "left with exit code 3 before it was ready" in seen.note
    assert seen.deaths < 8
    (tmp_path / "refuse-to-start").unlink()
    served.all_ready()


def test_hup_replaces_every_worker_and_none_dies(serve):
    served = serve()
    before = {w.pid for w in served.all_ready().workers}
    served.process.send_signal(signal.SIGHUP)
    after = served.until(lambda s: s.ready == 2 and not before & {w.pid for w in s.workers})
    assert after.deaths == 0


def test_a_successor_that_fails_leaves_the_old_worker_in_its_place(serve, tmp_path):
    served = serve()
    before = {w.pid for w in served.all_ready().workers}
    (tmp_path / "refuse-to-start").touch()
    served.process.send_signal(signal.SIGHUP)
    status = served.until(lambda s: "the old one stays" in s.note)
    assert {w.pid for w in status.workers} == before


def test_term_drains_the_workers_and_removes_the_status(serve, tmp_path):
    served = serve()
    pids = [w.pid for w in served.all_ready().workers]
    served.process.terminate()
    assert served.process.wait(30) == 128 + signal.SIGTERM
    assert not any(is_alive(pid) for pid in pids)
    assert last_status(Layout(tmp_path)) is None


def test_a_worker_that_does_not_leave_is_killed_in_time(serve, tmp_path):
    (tmp_path / "slow-to-leave").touch()
    served = serve(workers=1, drain_s=0.1)
    served.all_ready()
    began = time.monotonic()
    served.process.terminate()
    served.process.wait(30)
    assert 0.9 < time.monotonic() - began < 4.0


def test_a_second_term_does_not_wait_for_the_drain(serve, tmp_path):
    (tmp_path / "slow-to-leave").touch()
    served = serve(workers=1, drain_s=60.0)
    served.all_ready()
    served.process.terminate()
    served.until(lambda s: s.state == "leaving")
    served.process.terminate()
    served.process.wait(5)


def test_the_end_of_the_parent_ends_supervisor_and_workers(serve):
    served = serve()
    pids = [w.pid for w in served.all_ready().workers]
    served.end_of_parent()
    assert served.process.wait(30) == 0
    assert not any(is_alive(pid) for pid in pids)


def test_a_killed_supervisor_leaves_no_worker_and_the_next_one_takes_over(serve, tmp_path):
    first = serve()
    status = first.all_ready()
    first.process.kill()
    first.process.wait()
    assert serving_status(Layout(tmp_path)) is None
    until(lambda: not any(is_alive(w.pid) for w in status.workers))
    second = serve(port=status.port).all_ready()
    assert second.port == status.port


def test_a_taken_port_is_one_line_that_names_who_has_it(serve):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        served = serve(port=taken.getsockname()[1])
        line = served.errors()
    assert served.process.returncode == 1
    assert line.count("\n") == 1
    assert f"(pid {os.getpid()})" in line
    assert "EVERLOOP_SERVING_PORT" in line


def test_a_second_supervisor_of_a_workspace_is_refused(serve):
    serve().all_ready()
    second = serve()
    assert "being served already" in second.errors()
    assert second.process.returncode == 1


def test_a_refused_bundle_is_told(serve, tmp_path):
    (tmp_path / "refuse-a-bundle").touch()
    status = serve(workers=1).all_ready()
    assert [(r.endpoint, r.reason) for r in status.refused] == [("churn", "its digest is wrong")]


def test_ctrl_c_in_the_terminal_reaches_the_supervisor_alone(serve):
    served = serve()
    pids = [w.pid for w in served.all_ready().workers]
    assert all(os.getpgid(pid) == pid for pid in pids)
    served.process.send_signal(signal.SIGINT)
    assert served.process.wait(30) == 128 + signal.SIGINT
