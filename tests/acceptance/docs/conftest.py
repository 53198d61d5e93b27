"""Somebody who reads a page and runs its blocks, in their order, in one folder."""

import os
import re
import runpy
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

STARTER = Path(__file__).with_name("starter.py")
shim = runpy.run_path(str(STARTER))["shim"]
BLOCK = re.compile(r"^```(bash|python)\n(.*?)^```", re.MULTILINE | re.DOTALL)
BLOCK_S, READY_S, STOP_S = 240, 180, 60  # on a machine that is busy


@dataclass
class Reader:
    """Somebody who follows a page in a folder of their own, with a second terminal for what stays in the foreground."""

    folder: Path
    environment: dict[str, str]
    tools: Path  # the everloop command, and one that runs a file of Python
    before: Callable[[str], str] = lambda block: block  # what the page takes for granted
    second_terminal: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def follow(self, page: Path) -> int:
        """Run every block of `page`; answers how many there were."""
        blocks = BLOCK.findall(page.read_text(encoding="utf-8"))
        for language, text in blocks:
            self._run(language, self._with_own_ports(self.before(text)))
        return len(blocks)

    def close(self) -> None:
        """Ctrl-C in the second terminal, as the page says."""
        for process in self.second_terminal:
            process.send_signal(signal.SIGINT)
        for process in self.second_terminal:
            try:
                process.wait(STOP_S)
            except subprocess.TimeoutExpired:
                process.kill()
                raise

    def _run(self, language: str, text: str) -> None:
        if text.split("#", maxsplit=1)[0].strip() == "everloop up":
            self._start([str(Path(sys.executable).with_name("everloop")), "up"])
            return
        command = ["bash", "-euo", "pipefail", "-c", text]
        if language == "python":
            block = self.tools / "block.py"
            block.write_text(text)
            command = [str(self.tools / "run"), str(block)]
        done = subprocess.run(
            command,
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=BLOCK_S,
            check=False,
        )
        assert done.returncode == 0, f"{text}\n--- said\n{done.stdout}\n{done.stderr}"
        assert "Traceback" not in done.stderr, f"{text}\n--- said\n{done.stderr}"

    def _start(self, command: list[str]) -> None:
        with (self.folder / "up.log").open("wb") as log:
            process = subprocess.Popen(command, cwd=self.folder, env=self.environment, stdout=log, stderr=log)
        self.second_terminal.append(process)
        deadline = time.monotonic() + READY_S
        while "Everloop is up" not in (said := (self.folder / "up.log").read_text()):
            assert process.poll() is None, said
            assert time.monotonic() < deadline, said
            time.sleep(0.05)

    def _with_own_ports(self, text: str) -> str:
        return text.replace("127.0.0.1:8080", f"127.0.0.1:{self.environment['EVERLOOP_SERVING_PORT']}")


def _free_ports(count: int) -> list[int]:
    sockets = [socket.socket() for _ in range(count)]
    for one in sockets:
        one.bind(("127.0.0.1", 0))
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


@pytest.fixture
def tools() -> Iterator[Path]:
    """A folder with commands that begin at once: everloop, and run for a file of Python."""
    with tempfile.TemporaryDirectory() as name:  # a socket's path has to be short
        folder, door = Path(name), Path(name) / "door"
        for tool in ("everloop", "run"):
            (folder / tool).write_text(shim(str(door)))
            (folder / tool).chmod(0o755)
        listening = subprocess.Popen([sys.executable, str(STARTER), str(door)])
        deadline = time.monotonic() + READY_S
        while not door.exists():
            assert listening.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.01)
        yield folder
        listening.terminate()
        listening.wait(STOP_S)


@pytest.fixture
def reader(tmp_path: Path, tools: Path) -> Iterator[Reader]:
    serving, control = _free_ports(2)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("EVERLOOP_")}
    environment |= {
        "EVERLOOP_SERVING_PORT": str(serving),
        "EVERLOOP_CONTROL_PORT": str(control),
        "EVERLOOP_SERVING_WORKERS": "1",
        "EVERLOOP_TRAINING_MLFLOW": "false",  # its store takes seconds to make, and has tests of its own
        "EVERLOOP_TRAINING_THREADS": "1",
        "PATH": os.pathsep.join([str(tools), str(Path(sys.executable).parent), os.environ["PATH"]]),
    }
    found = Reader(tmp_path, environment, tools)
    yield found
    found.close()
