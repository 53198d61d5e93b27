"""How long a person waits for a command: `everloop serve` to its first answer, and the commands that only look.

`python tests/benchmarks/starting.py [--rounds 7]`. Medians, each beside a bare interpreter's start in the same run.
The looking commands are taken twice: in process, and through a control plane that has the workspace open.
"""

import argparse
import http.client
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from everloop.records.codec import to_json
from everloop.records.routes import Route, RouteTable, Variant
from everloop.serving.status import serving_status
from everloop.stores.layout import Layout
from everloop.stores.workspace_folder import create_workspace
from everloop.testing.linear_bundle import linear_bundle, numbers

EVERLOOP = (sys.executable, "-c", "from everloop.cli.app import main; main()")
LOOKING = ("status", "models", "runs", "events")
POLL_S = 0.002
ENVIRONMENT = {**os.environ, "EVERLOOP_SERVING_PORT": "0", "EVERLOOP_CONTROL_PORT": "0"}
ENVIRONMENT.pop("PYTHONDONTWRITEBYTECODE", None)  # people's machines keep what was compiled


def workspace(folder: Path) -> Layout:
    """A workspace whose one endpoint answers the number that it is asked with."""
    layout = create_workspace(folder / ".everloop")
    bundle = linear_bundle(layout.bundles, numbers("n"), [[1.0]])
    champion = Variant(name="champion", model="echo", version=1, bundle=bundle, share=1.0)
    route = Route(endpoint="echo", salt="salt", variants=(champion,))
    table = RouteTable(number=1, published_at=datetime.now(UTC), routes=(route,))
    (layout.routes / "current.json").write_bytes(to_json(table))
    return layout


@contextmanager
def started(layout: Layout, *words: str) -> Iterator["subprocess.Popen[bytes]"]:
    process = subprocess.Popen(
        [*EVERLOOP, *words], cwd=layout.root.parent, env=ENVIRONMENT, stdout=subprocess.DEVNULL
    )
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(20)


def until(seen: Callable[[], object], within_s: float = 60.0) -> Any:
    deadline = time.perf_counter() + within_s
    while (value := seen()) is None:
        if time.perf_counter() > deadline:
            raise SystemExit("nothing came")
        time.sleep(POLL_S)
    return value


def first_answer_s(layout: Layout) -> float:
    """From the command to the first prediction, as its caller sees it."""
    start = time.perf_counter()
    with started(layout, "serve"):
        status = until(lambda: serving_status(layout))
        connection = http.client.HTTPConnection(status.host, status.port, timeout=30)
        body = json.dumps({"instances": [{"n": 1.0}]})
        connection.request("POST", "/endpoints/echo/invocations", body, {"content-type": "application/json"})
        answer = connection.getresponse()
        took = time.perf_counter() - start
        if answer.status != 200:
            raise SystemExit(f"answered {answer.status}: {answer.read()!r}")
        connection.close()
    return took


def command_s(layout: Layout, *command: str) -> float:
    start = time.perf_counter()
    subprocess.run(
        command, cwd=layout.root.parent, env=ENVIRONMENT, stdout=subprocess.DEVNULL, check=True, timeout=60
    )
    return time.perf_counter() - start


def show(what: str, work: Callable[[], float], rounds: int) -> None:
    work()  # fills the caches
    times = [work() for _ in range(rounds)]
    print(f"{what:44} median {statistics.median(times):.3f} s   {min(times):.3f} to {max(times):.3f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    rounds = parser.parse_args().rounds
    with tempfile.TemporaryDirectory() as folder:
        layout = workspace(Path(folder))
        show("a bare interpreter", lambda: command_s(layout, sys.executable, "-c", ""), rounds)
        show("everloop serve, to the first answer", lambda: first_answer_s(layout), rounds)
        show("everloop --help", lambda: command_s(layout, *EVERLOOP, "--help"), rounds)
        for word in LOOKING:
            show(f"everloop {word}, in process", lambda: command_s(layout, *EVERLOOP, word), rounds)  # noqa: B023
        with started(layout, "up"):
            until(lambda: (layout.run / "control.json").exists() or None)
            for word in LOOKING:
                show(f"everloop {word}, beside `up`", lambda: command_s(layout, *EVERLOOP, word), rounds)  # noqa: B023


if __name__ == "__main__":
    main()
