"""Check S4: a candidate that passed its gates and goes wrong in the traffic, at a real `everloop up`."""

import http.client
import itertools
import json
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression

import everloop as el
from everloop.records.cycle import Cycle
from everloop.records.model_version import ModelVersion
from everloop.records.names import new_id
from everloop.registry.versions import register
from everloop.stores.layout import Layout
from everloop.stores.sql_metadata import SqlMetadata
from everloop.testing.flawed_bundle import flawed_bundle

CODES = 10  # of the world that the models have learned: 0 to 9
LATE = 0.3  # of the later rows have a code that is new
RATE = 50.0  # requests a second
CLIENTS = 5
LOADED = 6  # times longer where the machine is busy with other tests: then requests, which come late too, are counted
SETTINGS = "[serving]\nport = 0\nworkers = 2\n[control]\nport = 0\n[training]\nmlflow = false\nthreads = 1\n"


def rows(count: int, seed: int, late: float = 0.0) -> pd.DataFrame:
    chance = np.random.default_rng(seed)
    x = chance.normal(size=(count, 2))
    code = chance.integers(0, CODES, count) + CODES * (chance.random(count) < late)
    truth = np.where(x.sum(axis=1) > 0, "yes", "no")
    return pd.DataFrame({"a": x[:, 0], "b": x[:, 1], "code": code.astype(float), "truth": truth})


@dataclass
class Traffic:
    """Requests at a steady rate from several clients, each answer followed by its truth."""

    url: str
    answered: int = 0
    failed: int = 0
    _stopped: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> "Traffic":
        self._rows = itertools.cycle(rows(2000, 11, LATE).to_dict("records"))
        self._turn = threading.Lock()
        self._threads = [threading.Thread(target=self._run, args=(seat,)) for seat in range(CLIENTS)]
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._stopped.set()
        for thread in self._threads:
            thread.join()

    def _run(self, seat: int) -> None:
        where = urlsplit(self.url)
        client = http.client.HTTPConnection(str(where.hostname), where.port, timeout=30)
        due = time.monotonic() + seat / RATE
        while not self._stopped.wait(max(0.0, due - time.monotonic())):
            due += CLIENTS / RATE
            with self._turn:
                row = dict(next(self._rows))
            truth = row.pop("truth")
            status, body = _post(client, "invocations", {"instances": [row]})
            if status != 200:
                assert (status, body["code"]) == (500, "model-failed")
                self.failed += 1
                continue
            self.answered += 1
            _post(client, "outcomes", {"outcomes": [{"id": body["ids"][0], "name": "truth", "value": truth}]})
        client.close()


def _post(client: http.client.HTTPConnection, what: str, body: object) -> tuple[int, dict[str, object]]:
    client.request("POST", f"/endpoints/e/{what}", json.dumps(body), {"content-type": "application/json"})
    answer = client.getresponse()
    return answer.status, json.loads(answer.read())


@dataclass
class Site:
    workspace: el.Workspace
    layout: Layout

    def cycle(self) -> Cycle:
        return self.workspace.loop("e").cycles(newest=1)[0]

    def reaches(self, what, within_s: float) -> Cycle:
        deadline = time.monotonic() + within_s
        while not what(cycle := self.cycle()):
            assert time.monotonic() < deadline, self.workspace.loop("e").why().lines()
            time.sleep(0.05)
        return cycle

    def shares(self) -> dict[int, float]:
        table = json.loads((self.layout.routes / "current.json").read_bytes())
        return {v["version"]: v["share"] for v in table["routes"][0]["variants"]}


@pytest.fixture
def site(tmp_path: Path, command, eventually, fits_here, request) -> Iterator[Site]:
    """e@1 answers; e@2, which has the flaw, is registered; the loop acts by itself."""
    (tmp_path / "everloop.toml").write_text(SETTINGS)
    layout = Layout(tmp_path / ".everloop")
    recipe = el.Recipe(LogisticRegression(), target="truth", seed=1)
    with el.open(tmp_path) as workspace:
        workspace.datasets["e"].append(rows(600, 1))
        champion = workspace.train("e", recipe, progress=lambda line: None).record
        workspace.version("e@1").place("e")
        workspace.declare(
            el.Loop(
                "e",
                recipe=recipe,
                mode="act",
                gates=[el.NoWorse(margin=0.1)],
                rollout=el.Canary(steps=(0.1,), bake="10m", max_wait="1h", margin=0.1),
                triggers=[],
            )
        )
    _register(layout, champion, request.param)
    up = command(tmp_path, "up")
    eventually(lambda: up.process.poll() is not None or (layout.run / "control.json").exists())
    assert up.process.poll() is None, up.result()
    with el.open(tmp_path) as workspace:
        yield Site(workspace, layout)
    up.process.terminate()
    up.result()


def _register(layout: Layout, champion: ModelVersion, flaw: str) -> None:
    digest = flawed_bundle(layout.bundles, champion.bundle, flaw, column="code", beyond=CODES - 1)
    metadata = SqlMetadata(layout.metadata)
    with metadata.transaction() as transaction:
        register(transaction, replace(champion, bundle=digest, run=new_id("run")))
    metadata.close()


@pytest.mark.parametrize(
    ("site", "reason", "within_s"),
    [
        ("raises", "errors: ", 10),
        pytest.param("nan", "errors: ", 30, marks=pytest.mark.slow),
        pytest.param("slow", "latency", 30, marks=pytest.mark.slow),
        pytest.param("wrong", "quality: the candidate is worse than", 30, marks=pytest.mark.slow),
    ],
    indirect=["site"],
    ids=["raises", "nan", "slow", "wrong"],
)
def test_a_candidate_that_goes_wrong_in_the_traffic_loses_it(
    site: Site, eventually, reason: str, within_s: float
) -> None:
    endpoint = site.workspace.endpoint("e")
    known = rows(400, 5)
    answer = endpoint.predict(known.drop(columns="truth"))
    endpoint.outcomes("truth", answer.ids, known["truth"].tolist())
    endpoint.propose("e@2", "it has looked well so far")
    site.reaches(lambda cycle: cycle.state == "rolling", 60)
    eventually(lambda: site.shares() == {1: 0.9, 2: 0.1}, within_s=5)
    began = time.time()
    with Traffic(site.workspace.data_plane.url) as traffic:
        ended = site.reaches(lambda cycle: cycle.ending, LOADED * within_s)
        sent = traffic.answered + traffic.failed
        eventually(lambda: site.shares() == {1: 1.0}, within_s=5)
        goal = traffic.answered + 2 * int(RATE)  # two seconds more
        while traffic.answered < goal:
            time.sleep(0.05)
    assert ended.ending == "rolled_back"
    assert reason in ended.reason
    assert sent < within_s * RATE
    verdict = next(e for e in site.workspace.events(newest=20) if e.action == "roll_back_candidate")
    assert _last_answer(site, "candidate") < verdict.at + timedelta(seconds=1)
    took = verdict.at.timestamp() - began
    print(f"{reason}: {took:.1f} s, {sent} requests, {_last_answer(site, 'candidate') - verdict.at}")


def _last_answer(site: Site, variant: str) -> datetime:
    answers = site.workspace.ledger("e").predictions()
    return max(row["served_at"] for row in answers.to_pylist() if row["variant"] == variant)
