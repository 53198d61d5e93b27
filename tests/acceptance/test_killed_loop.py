"""Check L1 of a whole cycle: killed before, inside and after every step, it ends as an undisturbed one does.

Real stores, real fits, a real data plane with its shadows; the process that turns the loop is loop_actor.py.
"""

import json
import shutil
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd
import pytest
from sklearn.datasets import load_breast_cancer
from sklearn.linear_model import LogisticRegression

import everloop as el
from everloop.records.cycle import Cycle
from everloop.records.dataset import DatasetVersion
from everloop.records.endpoint import Endpoint
from everloop.records.event import Event
from everloop.records.model_version import ModelVersion
from everloop.records.routes import RouteTable
from everloop.records.run import Run
from everloop.stores.layout import Layout
from everloop.stores.sql_metadata import SqlMetadata

ACTOR = Path(__file__).with_name("loop_actor.py")
KINDS = (Cycle, DatasetVersion, Endpoint, Event, ModelVersion, RouteTable, Run)


class Turner:
    """The process of loop_actor.py."""

    def __init__(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, str(ACTOR)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def hear(self) -> dict[str, object]:
        return json.loads(self.process.stdout.readline())

    def turn(self, project: "Project", die_at: str = "", race_to: str = "") -> tuple[int, list[str]]:
        """How the child ended, and the points that it passed."""
        order = {"root": str(project.layout.root), "die_at": die_at, "race_to": race_to}
        self.process.stdin.write(json.dumps(order) + "\n")
        self.process.stdin.flush()
        points = []
        while "ended" not in (message := self.hear()):
            points.append(str(message["point"]))
        return int(str(message["ended"])), points


@pytest.fixture(scope="module")
def turner() -> Iterator[Turner]:
    turner = Turner()
    assert turner.hear() == {"ready": turner.process.pid}
    yield turner
    turner.process.communicate()


def tumours() -> pd.DataFrame:
    found = load_breast_cancer(as_frame=True)
    rows = found.data.iloc[:, [0, 1, 4]].set_axis(["radius", "texture", "smoothness"], axis=1)
    return rows.assign(kind=found.target.map({0: "malignant", 1: "benign"}))


@dataclass
class Project:
    """A workspace with an endpoint, whose loop is declared."""

    folder: Path
    delivered: list[str] = field(default_factory=list)  # ids of answers

    @property
    def layout(self) -> Layout:
        return Layout(self.folder / ".everloop")

    def copied(self, folder: Path) -> "Project":
        shutil.copytree(self.folder, folder)
        return Project(folder, list(self.delivered))

    def answer(self, rows: pd.DataFrame) -> None:
        """These rows are asked, a few at a time, so that chance gives both versions some; their truth comes back."""
        with el.open(self.folder) as workspace:
            workspace.serve()
            endpoint = workspace.endpoint("tumours")
            for first in range(0, len(rows), 5):
                asked = rows[first : first + 5]
                answer = endpoint.predict(asked.drop(columns="kind"))
                endpoint.outcomes("kind", answer.ids, asked["kind"].tolist())
                self.delivered += answer.ids

    def captured(self) -> list[str]:
        """Ids of the answers that the ledger holds."""
        with el.open(self.folder) as workspace:
            return workspace.ledger("tumours").joined()["id"].to_pylist()

    def records(self) -> dict[type, list[object]]:
        metadata = SqlMetadata(self.layout.metadata)
        with metadata.transaction() as transaction:
            found = {kind: list(transaction.find(kind)) for kind in KINDS}
        metadata.close()
        return found

    def end(self) -> dict[str, object]:
        """What must not depend on how often the process died."""
        found = self.records()
        return {
            "cycles": [(c.id, c.state, c.step, c.ending, c.candidate, bool(c.report)) for c in found[Cycle]],
            "champion": found[Endpoint][0].champion,
            "history": found[Endpoint][0].history,
            "data": [(d.number, d.rows) for d in found[DatasetVersion]],
            "versions": [(str(v), v.bundle) for v in found[ModelVersion]],
            "finished runs": sum(run.state == "finished" for run in found[Run]),
            "routes": [
                [(v.name, v.version, v.share) for v in table.routes[0].variants]
                for table in found[RouteTable]
            ],
            "events": Counter(
                e.action for e in found[Event] if e.action not in ("start_run", "finish_run", "settle_runs")
            ),
            "sequence": [e.sequence for e in found[Event]] == list(range(1, len(found[Event]) + 1)),
        }


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory, fits_here) -> Project:
    """Answers with their truth wait to be learned from."""
    folder = tmp_path_factory.mktemp("template")
    (folder / "everloop.toml").write_text(
        "[serving]\nport = 0\nworkers = 1\n[training]\nmlflow = false\nthreads = 1\n"
    )
    recipe = el.Recipe(LogisticRegression(max_iter=500), target=el.Target("kind"), seed=7)
    loop = el.Loop(
        "tumours",
        recipe=recipe,
        mode="act",
        gates=[el.NoWorse("accuracy", margin=0.2)],
        rollout=el.Canary(steps=(0.5,), bake="0s", min_answers=1, margin=0.2, slower=1000.0),
        triggers=[el.AfterOutcomes(100_000)],
        evaluation_share=0.6,
    )
    with el.open(folder) as workspace:
        workspace.datasets["tumours"].append(tumours()[:300])
        workspace.train("tumours", recipe).deploy("tumours")
        workspace.declare(loop)
    project = Project(folder)
    project.answer(tumours()[300:450])
    return project


@pytest.fixture(scope="module")
def undisturbed(
    template: Project, turner: Turner, tmp_path_factory: pytest.TempPathFactory
) -> tuple[dict[str, object], list[list[str]]]:
    """The end of a cycle that nothing disturbed, and the points that it passed before and in the rollout."""
    project = template.copied(tmp_path_factory.mktemp("undisturbed") / "project")
    code, to_rollout = turner.turn(project)
    assert code == 0
    assert project.records()[Cycle][0].state == "rolling"
    project.answer(tumours()[450:])
    code, to_end = turner.turn(project)
    assert code == 0
    return project.end(), [to_rollout, to_end]


def test_an_undisturbed_cycle_promotes_its_candidate(undisturbed):
    end, _ = undisturbed
    (cycle,) = end["cycles"]
    assert cycle[1] == "closed"
    assert cycle[3] == "promoted"
    assert end["champion"] == cycle[4]
    assert end["events"]["promote"] == 1


def test_a_cycle_that_is_killed_at_every_step_ends_as_an_undisturbed_one(
    template, turner, undisturbed, tmp_path
):
    end, points = undisturbed
    project = template.copied(tmp_path / "project")
    for number, stretch in enumerate(points):
        for point in dict.fromkeys(stretch):
            assert turner.turn(project, point)[0] == -signal.SIGKILL, point
        assert turner.turn(project)[0] == 0
        if number == 0:
            project.answer(tumours()[450:])
    assert project.end() == end
    assert sorted(project.captured()) == sorted(project.delivered), "every delivered answer once"


def test_two_engines_at_once_double_nothing(template, turner, undisturbed, tmp_path):
    project = template.copied(tmp_path / "project")
    assert turner.turn(project, race_to="rolling")[0] == 0
    project.answer(tumours()[450:])
    assert turner.turn(project, race_to="closed")[0] == 0
    assert project.end() == undisturbed[0]
