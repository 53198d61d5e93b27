"""Checks T1, R1 and A11 through the actions themselves: kills at any moment, and two who want the same thing."""

import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pytest

from everloop.actions.append_rows import AppendRequest
from everloop.actions.deploy import DeployRequest
from everloop.actions.queries.datasets import DatasetQuery, ReadQuery
from everloop.actions.queries.endpoints import EndpointQuery
from everloop.actions.queries.events import EventsQuery
from everloop.actions.registry import APPEND, DATASET_LOG, DATASET_ROWS, DEPLOY, ENDPOINT, EVENTS
from everloop.records.codec import from_json
from everloop.records.routes import RouteTable
from everloop.settings import Settings
from everloop.workspace.local import LocalClient

ACTOR = Path(__file__).with_name("actor.py")


class Actor:
    """The process of actor.py."""

    def __init__(self, root: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, str(ACTOR), str(root)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def order(self, **order: object) -> None:
        self.process.stdin.write(json.dumps(order) + "\n")
        self.process.stdin.flush()

    def hear(self) -> dict[str, object]:
        return json.loads(self.process.stdout.readline())

    def until_killed(self, *, acknowledged: int, delay_s: float, **order: object) -> list[dict[str, object]]:
        """Give an order, kill the child some time after so many acknowledgements; all that it said."""
        self.order(**order)
        said = []
        child = None
        while True:
            message = self.hear()
            said.append(message)
            child = message.get("child", child)
            if child is not None and sum("acknowledged" in m for m in said) >= acknowledged:
                time.sleep(delay_s)  # not a wait: the moment of the kill is what is varied
                os.kill(child, signal.SIGKILL)
                break
        while "ended" not in message:
            message = self.hear()
            said.append(message)
        return said


@pytest.fixture
def actors(house, request) -> Iterator[list[Actor]]:
    """One, or as many as the test is parametrised with, ready."""
    started = [Actor(house.layout.root) for _ in range(getattr(request, "param", 1))]
    for each in started:
        assert each.hear() == {"ready": each.process.pid}
    yield started
    for each in started:
        each.process.communicate()


@pytest.fixture
def workspace(house) -> Iterator[LocalClient]:
    client = LocalClient(house.layout, Settings())
    yield client
    client.close()


def killed_rounds(actor: Actor, act: str, rounds: int) -> tuple[set[str], set[str]]:
    """Keys that were acknowledged, and keys that were tried when the kill came."""
    chance = random.Random(rounds)
    acknowledged: set[str] = set()
    tried: set[str] = set()
    for number in range(rounds):
        said = actor.until_killed(
            act=act, name=f"round{number}", acknowledged=chance.randrange(4), delay_s=chance.random() * 0.03
        )
        acknowledged |= {str(m["acknowledged"]) for m in said if "acknowledged" in m}
        tried |= {str(m["trying"]) for m in said if "trying" in m}
    return acknowledged, tried - acknowledged


@pytest.mark.parametrize(
    "kills", [pytest.param(12, id="12"), pytest.param(100, id="100", marks=pytest.mark.slow)]
)
@pytest.mark.timeout(600)
def test_an_append_that_is_killed_happened_or_did_not_and_its_key_decides(actors, workspace, kills):
    acknowledged, unsure = killed_rounds(actors[0], "append", kills)
    rows = workspace.call(DATASET_ROWS, ReadQuery(dataset="rows"), key="")
    counts = {str(k): rows["key"].to_pylist().count(k) for k in set(rows["key"].to_pylist())}
    assert set(counts.values()) == {5}, "part of an append, or one twice"
    assert acknowledged <= set(counts), "an acknowledged append is gone"
    assert set(counts) <= acknowledged | unsure

    for key in sorted(unsure):  # whoever was killed tries again
        again = pa.table({"key": [key] * 5, "place": range(5)})
        workspace.call(APPEND, AppendRequest(dataset="rows"), key=key, table=again)
    rows = workspace.call(DATASET_ROWS, ReadQuery(dataset="rows"), key="")
    assert sorted(rows["key"].to_pylist()) == sorted([*acknowledged, *unsure] * 5)
    log = workspace.call(DATASET_LOG, DatasetQuery(dataset="rows"), key="")
    assert [v.number for v in log] == list(range(1, len(acknowledged | unsure) + 1))
    assert [v.rows for v in log] == [5 * v.number for v in log]


@pytest.mark.parametrize(
    "kills", [pytest.param(12, id="12"), pytest.param(100, id="100", marks=pytest.mark.slow)]
)
@pytest.mark.timeout(600)
def test_a_deploy_that_is_killed_leaves_table_champion_and_event_in_step(house, actors, workspace, kills):
    house.register([[1.0]])
    house.register([[1.0]])
    acknowledged, unsure = killed_rounds(actors[0], "deploy", kills)
    status = workspace.call(ENDPOINT, EndpointQuery(endpoint="echo"), key="")
    events = workspace.call(EVENTS, EventsQuery(newest=10_000, action="deploy"), key="")
    published = from_json(RouteTable, (house.layout.routes / "current.json").read_bytes())
    assert acknowledged <= {e.key for e in events} <= acknowledged | unsure
    assert [e.after["route_table"] for e in events] == list(range(1, len(events) + 1))
    assert events[-1].after["champion"] == status.champion
    assert published.number == len(events)
    assert [f"{v.model}@{v.version}" for v in published.route("echo").variants] == [status.champion]


@pytest.mark.parametrize(
    "rounds", [pytest.param(40, id="40"), pytest.param(500, id="500", marks=pytest.mark.slow)]
)
@pytest.mark.parametrize("actors", [2], indirect=True, ids=["two"])
@pytest.mark.parametrize("through", ["the lock", "the control plane"])
@pytest.mark.timeout(600)
def test_of_two_who_replace_the_same_champion_one_wins(
    house, actors, workspace, command, eventually, rounds, through
):
    for _ in range(3):
        house.register([[1.0]])
    workspace.call(DEPLOY, DeployRequest(endpoint="echo", model="echo", version=3), key="first")
    if through == "the control plane":
        command(house.layout.root.parent, "up", EVERLOOP_SERVING_PORT="0", EVERLOOP_CONTROL_PORT="0")
        eventually((house.layout.run / "control.json").exists)
    with Poller(house.layout.routes / "current.json") as poller:
        champion = "echo@3"
        for number in range(rounds):
            choices = [v for v in (1, 2, 3) if f"echo@{v}" != champion]
            for version, actor in zip(choices, actors, strict=True):
                actor.order(act="race", version=version, expected=champion, key=f"{number}-{version}")
            answers = [actor.hear() for actor in actors]
            assert sorted(next(iter(a)) for a in answers) == ["lost", "won"], answers
            assert {"lost": "conflict"} in answers
            champion = f"echo@{choices[[next(iter(a)) for a in answers].index('won')]}"
            assert workspace.call(ENDPOINT, EndpointQuery(endpoint="echo"), key="").champion == champion
    assert poller.champions_at_once == {1}
    assert poller.numbers == sorted(poller.numbers)
    assert poller.numbers[-1] == rounds + 1


class Poller:
    """Reads the published table again and again, as the workers do."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._poll)
        self.champions_at_once: set[int] = set()
        self.numbers: list[int] = []

    def __enter__(self) -> "Poller":
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._ended.set()
        self._thread.join()
        self._look()

    def _poll(self) -> None:
        while not self._ended.wait(0.001):
            self._look()

    def _look(self) -> None:
        table = from_json(RouteTable, self._path.read_bytes())
        self.champions_at_once.add(sum(v.share == 1.0 for v in table.route("echo").variants))
        self.numbers.append(table.number)
