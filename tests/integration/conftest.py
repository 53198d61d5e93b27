import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pandas as pd
import pytest
from sklearn.datasets import load_breast_cancer
from sklearn.linear_model import LogisticRegression

import everloop as el


def tumours() -> pd.DataFrame:
    """Real rows: five measurements and a text to learn."""
    found = load_breast_cancer(as_frame=True)
    rows = found.data.iloc[:, :5].rename(columns=lambda name: name.replace(" ", "_"))
    return rows.assign(kind=found.target.map({0: "malignant", 1: "benign"}))


@pytest.fixture(scope="session")
def rows() -> pd.DataFrame:
    return tumours()


@pytest.fixture(scope="session")
def recipe() -> el.Recipe:
    return el.Recipe(LogisticRegression(max_iter=500), target=el.Target("kind"), seed=7)


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


@pytest.fixture(scope="session")
def up() -> Callable[[Path], AbstractContextManager[str]]:
    return _up


@contextmanager
def _up(folder: Path) -> Iterator[str]:
    """`everloop up` in `folder` on free ports, ended by TERM; gives the control plane's URL."""
    ports = {"EVERLOOP_SERVING_PORT": str(free_port()), "EVERLOOP_CONTROL_PORT": str(free_port())}
    command = [
        sys.executable,
        "-c",
        "from everloop.cli.app import main; main()",
        "up",
        "--folder",
        str(folder),
    ]
    process = subprocess.Popen(
        command, env={**os.environ, **ports, "EVERLOOP_SERVING_WORKERS": "1"}, stdout=subprocess.PIPE
    )
    try:
        wait_for((folder / ".everloop/run/control.json").exists, process)
        yield f"http://127.0.0.1:{ports['EVERLOOP_CONTROL_PORT']}"
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=20)


def wait_for(seen: Callable[[], object], process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + 30
    while not seen():
        assert process.poll() is None, "it ended early"
        assert time.monotonic() < deadline, "it did not come to pass"
        time.sleep(0.02)
