"""Real processes: a workspace with one endpoint, its data plane, and clients that keep it busy."""

import http.client
import itertools
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import pyarrow as pa
import pytest

from everloop.clock import SystemClock
from everloop.ledger.ledger import Ledger
from everloop.records.actor import Actor
from everloop.records.codec import to_json
from everloop.records.model_version import ModelVersion
from everloop.records.names import new_id
from everloop.records.routes import Route, RouteTable, Variant
from everloop.records.signature import Signature
from everloop.records.target import TargetRule
from everloop.registry.versions import register
from everloop.serving.status import ServingStatus, serving_status
from everloop.serving.supervisor_config import SupervisorConfig
from everloop.serving.supervisor_process import SupervisorProcess
from everloop.settings import Serving
from everloop.stores.delta_tables import DeltaTables
from everloop.stores.layout import Layout
from everloop.stores.sql_metadata import SqlMetadata
from everloop.stores.workspace_folder import create_workspace
from everloop.testing.linear_bundle import linear_bundle, numbers

ENDPOINT = "echo"  # answers the number that it is asked with
PATH = f"/endpoints/{ENDPOINT}/invocations"
EVERLOOP = (sys.executable, "-c", "from everloop.cli.app import main; main()")


def until(seen: Callable[[], object], within_s: float = 60.0) -> object:
    """Wait until `seen` gives something true, and give that."""
    deadline = time.monotonic() + within_s
    while not (value := seen()):
        assert time.monotonic() < deadline, "it did not come to pass"
        time.sleep(0.005)
    return value


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return False


@dataclass
class Client:
    """One keep-alive connection, or one for each request."""

    host: str
    port: int
    keep: bool = True
    connection: http.client.HTTPConnection | None = None

    def ask(self, number: int) -> tuple[int, dict[str, object]]:
        """Status and body of the answer; raises OSError or HTTPException if none comes."""
        if self.connection is None:
            self.connection = http.client.HTTPConnection(self.host, self.port, timeout=10)
        try:
            body = json.dumps({"instances": [{"n": number}]})
            headers = {"content-type": "application/json"} | ({} if self.keep else {"connection": "close"})
            self.connection.request("POST", PATH, body, headers)
            answer = self.connection.getresponse()
            content = json.loads(answer.read())
        except BaseException:
            self.close()
            raise
        if not self.keep:
            self.close()
        return answer.status, content

    def close(self) -> None:
        if self.connection is not None:
            self.connection.close()
            self.connection = None


@dataclass
class Load:
    """Clients in threads, each asking one thing after another until stopped."""

    url: str
    clients: int = 4
    keep: bool = True
    pause_s: float = 0.0  # of each client between two requests
    delivered: dict[str, int] = field(default_factory=dict)  # prediction id to the number that was asked
    refused: list[tuple[int, object]] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    wrong: list[object] = field(default_factory=list)
    slowest_s: float = 0.0

    def __enter__(self) -> "Load":
        self._numbers = itertools.count(1)
        self._stopped = threading.Event()
        self._threads = [threading.Thread(target=self._run) for _ in range(self.clients)]
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._stopped.set()
        for thread in self._threads:
            thread.join()

    def goes_on(self, answers: int = 20) -> None:
        """Wait until so many more answers have come."""
        goal = len(self.delivered) + answers
        until(lambda: len(self.delivered) >= goal)

    def _run(self) -> None:
        where = urlsplit(self.url)
        client = Client(str(where.hostname), int(where.port or 0), keep=self.keep)
        while not self._stopped.wait(self.pause_s):
            number = next(self._numbers)
            began = time.monotonic()
            try:
                status, content = client.ask(number)
            except (OSError, http.client.HTTPException) as error:
                self.failed.append(repr(error))
                continue
            self.slowest_s = max(self.slowest_s, time.monotonic() - began)
            if status != 200:
                self.refused.append((status, content))
            elif content["predictions"] != [number]:
                self.wrong.append((number, content))
            else:
                self.delivered[content["ids"][0]] = number
        client.close()


@dataclass
class House:
    """A workspace whose one endpoint is deployed, and what runs in it."""

    layout: Layout
    supervisor: SupervisorProcess | None = None

    def publish(self, number: int, bundle: str) -> None:
        """Put a route table where the workers look, as the control plane does."""
        champion = Variant(name="champion", model=ENDPOINT, version=number, bundle=bundle, share=1.0)
        route = Route(endpoint=ENDPOINT, salt="salt", variants=(champion,))
        table = RouteTable(number=number, published_at=datetime.now(UTC), routes=(route,))
        aside = self.layout.routes / "next.tmp"
        aside.write_bytes(to_json(table))
        aside.replace(self.layout.routes / "current.json")

    def register(self, weights: Sequence[Sequence[float]]) -> ModelVersion:
        """A version of the model behind the endpoint, as a training leaves it; its bundle answers by `weights`."""
        note = new_id("note")  # makes bundles with equal weights differ
        bundle = linear_bundle(self.layout.bundles, numbers("n"), weights, ignored=(note,))
        version = ModelVersion(
            model=ENDPOINT,
            number=0,
            bundle=bundle,
            run=new_id("run"),
            recipe="r",
            dataset="rows",
            dataset_version=1,
            data_digest="d",
            code_version="",
            environment={},
            signature=Signature(task="regression", target="y", columns=numbers("n"), ignored=(note,)),
            target=TargetRule(outcome="y"),
            created_at=datetime.now(UTC),
            by=Actor(kind="person", name="ada"),
        )
        metadata = SqlMetadata(self.layout.metadata)
        with metadata.transaction() as transaction:
            registered = register(transaction, version)
        metadata.close()
        return registered

    def serve(self, *, workers: int = 2, **settings: object) -> ServingStatus:
        serving = Serving(port=0, workers=workers, **settings)
        self.supervisor = SupervisorProcess(SupervisorConfig(root=str(self.layout.root), serving=serving))
        return self.until(lambda s: s.ready == workers)

    def status(self) -> ServingStatus | None:
        return serving_status(self.layout)

    def until(self, wanted: Callable[[ServingStatus], bool], within_s: float = 60.0) -> ServingStatus:
        def seen() -> ServingStatus | None:
            status = self.status()
            return status if status is not None and wanted(status) else None

        return until(seen, within_s)

    def ledger(self) -> Ledger:
        return Ledger(DeltaTables(self.layout.tables), self.layout, SystemClock())

    def captured(self) -> pa.Table:
        """Every captured answer, from tables and segments alike."""
        return self.ledger().predictions(ENDPOINT, columns=["id", "number.n", "output"])

    def stop(self) -> None:
        if self.supervisor is not None:
            self.supervisor.stop()
            self.supervisor = None


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    layout = create_workspace(tmp_path / ".everloop")
    house = House(layout)
    house.publish(1, linear_bundle(layout.bundles, numbers("n"), [[1.0]]))
    yield house
    house.stop()


@pytest.fixture
def load() -> type[Load]:
    return Load


@pytest.fixture
def client() -> type[Client]:
    return Client


@pytest.fixture
def eventually() -> Callable[..., object]:
    return until


@pytest.fixture
def alive() -> Callable[[int], bool]:
    return is_alive


class Command:
    """An `everloop` command in a process of its own."""

    def __init__(self, folder: Path, *words: str, **variables: str) -> None:
        self.process = subprocess.Popen(
            [*EVERLOOP, *words],
            cwd=folder,
            env={**os.environ, **variables},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def result(self, timeout_s: float = 60.0) -> tuple[int, str, str]:
        """Its exit code, output and errors."""
        out, err = self.process.communicate(timeout=timeout_s)
        return self.process.returncode, out, err

    def end(self) -> None:
        """Kill it if it lives."""
        if self.process.poll() is None:
            self.process.kill()
        self.process.communicate(timeout=15)


@pytest.fixture
def command() -> Iterator[Callable[..., Command]]:
    started: list[Command] = []

    def start(folder: Path, *words: str, **variables: str) -> Command:
        started.append(Command(folder, *words, **variables))
        return started[-1]

    yield start
    for each in started:
        each.end()
