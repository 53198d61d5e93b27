import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from everloop.jobs.local import LocalJob

HOLD = "from everloop.jobs import lifeline; lifeline.hold();"
ENVIRONMENT = {"PATH": os.environ["PATH"], "PYTHONUNBUFFERED": "1"}


def job(tmp_path: Path, program: str) -> LocalJob:
    return LocalJob([sys.executable, "-c", program], log=tmp_path / "log", environment=ENVIRONMENT)


def ended(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] in "ZX"
    except FileNotFoundError:
        return True


def until(condition) -> None:
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.01)


def test_lines_come_as_they_are_said_and_errors_go_to_the_log(tmp_path):
    lines: list[str] = []
    code = job(
        tmp_path, "import sys; print('one'); print('tw\\xf6'); print('oh', file=sys.stderr); sys.exit(3)"
    ).follow(lines.append, seconds=30)
    assert (code, lines) == (3, ["one", "tw\xf6"])
    assert (tmp_path / "log").read_text() == "oh\n"


def test_a_child_that_takes_too_long_is_ended(tmp_path):
    child = job(tmp_path, HOLD + "import time; print('up'); time.sleep(600)")
    assert child.follow(lambda _: None, seconds=0.5) == -signal.SIGKILL
    assert child.timed_out


def test_a_cancelled_child_ends_with_all_that_it_started(tmp_path):
    grandchild = "import subprocess, sys; p = subprocess.Popen(['sleep', '600']); print(p.pid); p.wait()"
    child = job(tmp_path, HOLD + grandchild)
    pids: list[int] = []

    def said(line: str) -> None:
        pids.append(int(line))
        threading.Thread(target=child.cancel).start()

    assert child.follow(said, seconds=30) == -signal.SIGKILL
    until(lambda: ended(pids[0]))
    child.cancel()  # long gone: nothing happens


def test_what_a_child_leaves_running_ends_with_it(tmp_path):
    child = job(tmp_path, "import subprocess; print(subprocess.Popen(['sleep', '600'], stdout=2).pid)")
    lines: list[str] = []
    assert child.follow(lines.append, seconds=30) == 0
    until(lambda: ended(int(lines[0])))


def test_an_error_in_the_listener_ends_the_child(tmp_path):
    child = job(tmp_path, HOLD + "import time; print('up'); time.sleep(600)")

    def fail(_: str) -> None:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        child.follow(fail, seconds=30)
    assert ended(child.pid)


@pytest.mark.parametrize(
    "work", ["list(iter(int, 1))", "sum(range(10**12))"], ids=["python", "holding the lock"]
)
def test_a_child_dies_with_a_parent_that_was_killed(tmp_path, work):
    parent = (
        "import pathlib, sys; from everloop.jobs.local import LocalJob;"
        f"job = LocalJob([sys.executable, '-c', {HOLD + 'print(1);' + work!r}],"
        f" log=pathlib.Path({str(tmp_path / 'log')!r}), environment={ENVIRONMENT!r});"
        "job.follow(lambda _: print(job.pid), seconds=60)"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", parent], stdout=subprocess.PIPE, env=ENVIRONMENT, text=True
    )
    assert process.stdout is not None
    with process.stdout:
        child = int(process.stdout.readline())
        process.kill()
    process.wait()
    until(lambda: ended(child))


def test_a_program_that_is_not_there_leaves_no_descriptor_open(tmp_path):
    before = len(os.listdir("/proc/self/fd"))
    with pytest.raises(FileNotFoundError):
        LocalJob(["/no/such/program"], log=tmp_path / "log", environment={})
    assert len(os.listdir("/proc/self/fd")) == before
