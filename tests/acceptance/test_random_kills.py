"""`kill -9` of `up`, its supervisor and its workers at random moments, while candidates take the traffic."""

import os
import random
import signal
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression

import everloop as el
from everloop.errors import EverloopError
from everloop.records.cycle import Cycle
from everloop.serving.status import serving_status
from everloop.stores.layout import Layout

CLIENTS = 3
PAUSE_S = 0.02  # of each client between two requests


def rows(count: int, seed: int) -> pd.DataFrame:
    x = np.random.default_rng(seed).normal(size=(count, 2))
    return pd.DataFrame({"a": x[:, 0], "b": x[:, 1], "truth": np.where(x.sum(axis=1) > 0, "yes", "no")})


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Traffic:
    """Clients that ask on whatever happens, and keep the ids of the answers that reached them."""

    url: str
    delivered: list[str] = field(default_factory=list)
    _stopped: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> "Traffic":
        self._threads = [threading.Thread(target=self._run, args=(seat,)) for seat in range(CLIENTS)]
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._stopped.set()
        for thread in self._threads:
            thread.join()

    def goes_on(self, eventually: Callable[..., object]) -> None:
        """Wait until more answers have come."""
        goal = len(self.delivered) + 20
        eventually(lambda: len(self.delivered) >= goal, within_s=120)

    def _run(self, seat: int) -> None:
        asked = rows(5000, seat).to_dict("records")
        with httpx.Client(base_url=self.url, timeout=5, trust_env=False) as client:
            while not self._stopped.wait(PAUSE_S):
                row = dict(asked[len(self.delivered) % len(asked)])
                truth = row.pop("truth")
                try:
                    answer = client.post("/endpoints/e/invocations", json={"instances": [row]})
                    if answer.status_code != 200:
                        continue
                    (given,) = answer.json()["ids"]
                    self.delivered.append(given)
                    outcome = {"id": given, "name": "truth", "value": truth}
                    client.post("/endpoints/e/outcomes", json={"outcomes": [outcome]})
                except httpx.HTTPError:
                    continue


@dataclass
class Site:
    folder: Path
    command: Callable[..., object]
    eventually: Callable[..., object]
    ports: dict[str, str]

    @property
    def layout(self) -> Layout:
        return Layout(self.folder / ".everloop")

    def up(self) -> None:
        self.running = self.command(self.folder, "up", **self.ports)
        self.eventually(self.ready, within_s=120)

    def ready(self) -> bool:
        status = serving_status(self.layout)
        assert self.running.process.poll() is None, self.running.result()
        return status is not None and status.ready > 0 and (self.layout.run / "control.json").exists()

    def kill(self, whom: str) -> None:
        """One of `up`, `supervisor` and `worker`; who is not there just now is spared."""
        status = serving_status(self.layout)
        pid = self.running.process.pid if whom == "up" else 0
        if status is not None and whom == "supervisor":
            pid = status.pid
        elif status is not None and whom == "worker" and status.workers:
            pid = status.workers[0].pid
        if pid:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                return
        if whom == "up":
            self.running.process.wait()
            self.up()

    def propose(self) -> None:
        """Whichever version does not answer goes on its way, unless one is."""
        with el.open(self.folder) as workspace:
            endpoint = workspace.endpoint("e")
            other = {"e@1": "e@2", "e@2": "e@1"}[endpoint.status().champion]
            try:
                endpoint.propose(other)
            except EverloopError:  # it is on its way, or has just been promoted
                return

    def cycles(self) -> tuple[Cycle, ...]:
        with el.open(self.folder) as workspace:
            return workspace.loop("e").cycles(newest=100)


@pytest.fixture
def site(tmp_path: Path, command, eventually, fits_here) -> Site:
    ports = {"EVERLOOP_SERVING_PORT": str(free_port()), "EVERLOOP_CONTROL_PORT": str(free_port())}
    (tmp_path / "everloop.toml").write_text(
        "[serving]\nworkers = 2\n[training]\nmlflow = false\nthreads = 1\n"
    )
    plan = el.Canary(steps=(0.2, 0.5), bake="2s", min_answers=5, margin=0.3, max_wait="10m")
    recipes = [el.Recipe(LogisticRegression(C=c), target="truth", seed=1) for c in (1.0, 0.5)]
    with el.open(tmp_path) as workspace:
        workspace.datasets["e"].append(rows(400, 99))
        for recipe in recipes:
            workspace.train("e", recipe, progress=lambda line: None)
        workspace.version("e@1").place("e")
        gates = [el.NoWorse(margin=0.3)]
        workspace.declare(el.Loop("e", recipe=recipes[0], mode="act", gates=gates, rollout=plan, triggers=[]))
    return Site(tmp_path, command, eventually, ports)


@pytest.mark.slow
@pytest.mark.parametrize("rounds", [int(os.environ.get("KILLS", "20"))])
def test_random_kills_in_a_rollout_lose_no_answer_and_leave_one_champion(
    site: Site, eventually, rounds: int
) -> None:
    chance = random.Random(rounds)
    site.up()
    with Traffic(f"http://127.0.0.1:{site.ports['EVERLOOP_SERVING_PORT']}") as traffic:
        for _ in range(rounds):
            site.propose()
            traffic.goes_on(eventually)
            time.sleep(chance.uniform(0.0, 2.0))  # the moment of the kill is what chance decides
            site.kill(chance.choice(["up", "supervisor", "worker"]))
        eventually(lambda: all(cycle.state == "closed" for cycle in site.cycles()), within_s=300)
    site.running.process.terminate()
    site.running.result()
    cycles = site.cycles()
    assert {cycle.ending for cycle in cycles} <= {"promoted", "rolled_back", "refused"}
    with el.open(site.folder) as workspace:
        status = workspace.endpoint("e").status()
        captured = workspace.ledger("e").predictions()["id"].to_pylist()
    promoted = [c.candidate for c in cycles if c.ending == "promoted"]
    assert status.champion == str(promoted[-1] if promoted else "e@1")
    assert [(f"{v.model}@{v.version}", v.share) for v in status.variants] == [(status.champion, 1.0)]
    assert len(captured) == len(set(captured))
    assert set(traffic.delivered) <= set(captured)
    assert (
        len(captured) - len(traffic.delivered) <= rounds * CLIENTS * 2
    )  # their worker died behind the capture
