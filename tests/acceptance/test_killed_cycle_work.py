"""Check L1 of a cycle's data and fits: killed before and after every step, they end as if nothing had happened."""

import json
import shutil
import signal
import struct
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from sklearn.datasets import load_breast_cancer
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB

import everloop as el
from everloop.datasets.folded import read_ids
from everloop.ledger.capture import Answered, Context, Received
from everloop.ledger.segment import SegmentLog
from everloop.records.actor import Actor
from everloop.records.codec import to_json
from everloop.records.cycle import Cycle
from everloop.records.dataset import DatasetVersion
from everloop.records.endpoint import VersionRef
from everloop.records.event import Event
from everloop.records.loop import LoopPolicy, LoopRecord, RecipeRef
from everloop.records.model_version import ModelVersion
from everloop.records.run import Run
from everloop.records.signature import Column, Signature
from everloop.records.target import TargetRule
from everloop.stores.delta_tables import DeltaTables
from everloop.stores.file_blobs import FileBlobs
from everloop.stores.layout import Layout
from everloop.stores.sql_metadata import SqlMetadata
from everloop.training.freeze import freeze

ACTOR = Path(__file__).with_name("cycle_actor.py")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
CHAMPION = VersionRef(model="tumours", number=1)
PINS = [f"{step}:{moment}" for step in ("blobs.write", "tables.append") for moment in ("before", "after")]
FITS = ["start_run:before", "start_run:after", "pause:after", "fit:after"]
NAMES = ("radius", "texture", "smoothness")


class Worker:
    """The process of cycle_actor.py."""

    def __init__(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, str(ACTOR)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def hear(self) -> dict[str, object]:
        return json.loads(self.process.stdout.readline())

    def do(self, root: Path, act: str, die_at: str = "") -> tuple[int, dict[str, object]]:
        """How the child ended, and what its work gave."""
        self.process.stdin.write(json.dumps({"act": act, "root": str(root), "die_at": die_at}) + "\n")
        self.process.stdin.flush()
        result: dict[str, object] = {}
        while "ended" not in (message := self.hear()):
            result = message["result"]
        return int(str(message["ended"])), result


@pytest.fixture(scope="module")
def actor() -> Iterator[Worker]:
    actor = Worker()
    assert actor.hear() == {"ready": actor.process.pid}
    yield actor
    actor.process.communicate()


@dataclass
class Facts:
    """What the metadata holds in the end."""

    data: list[DatasetVersion]
    events: list[Event]
    runs: list[Run]
    versions: list[ModelVersion]


@dataclass
class Project:
    """A model of one version, a loop with a rival, and a cycle that is to be prepared."""

    layout: Layout

    def facts(self) -> Facts:
        metadata = SqlMetadata(self.layout.metadata)
        with metadata.transaction() as transaction:
            found = [list(transaction.find(kind)) for kind in (DatasetVersion, Event, Run, ModelVersion)]
        metadata.close()
        return Facts(*found)

    def add(self, *records: object) -> None:
        metadata = SqlMetadata(self.layout.metadata)
        with metadata.transaction() as transaction:
            for record in records:
                transaction.add(record)
        metadata.close()

    def answer(self, count: int) -> list[str]:
        """So many answers, a millisecond apart from now on, each with its truth."""
        log = SegmentLog(self.layout.capture)
        now = (datetime.now(UTC) - EPOCH) // timedelta(microseconds=1) * 1000
        signature = Signature(
            task="classification",
            target="kind",
            columns=tuple(Column(name=name, kind="number", nullable=False) for name in NAMES),
            classes=("benign", "malignant"),
        )
        served = Context(
            endpoint="tumours",
            signature=signature,
            variant="champion",
            model="tumours",
            version=1,
            bundle="b" * 64,
            route_table=1,
            share=1.0,
        )
        number = log.context(served)
        ids = [f"p{n}" for n in range(count)]
        for place, name in enumerate(ids):
            at = now + place * 1_000_000
            body = msgspec.json.encode({"instances": [dict.fromkeys(NAMES, 1000.0 + place)]})
            log.append([Answered(number, [name], body, struct.pack("<2f", 0.5, 0.5), at, 1000)])
            log.append((), [Received("tumours", name, "kind", "benign", at, None)])
        log.close()
        return ids


def rows() -> "object":
    found = load_breast_cancer(as_frame=True)
    chosen = found.data.iloc[:, [0, 1, 4]].set_axis(list(NAMES), axis=1)
    return chosen.assign(kind=found.target.map({0: "malignant", 1: "benign"}))


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory, fits_here) -> Path:
    """A project's folder with a model of one version."""
    tmp_path = tmp_path_factory.mktemp("template")
    (tmp_path / "everloop.toml").write_text("[training]\nmlflow = false\nthreads = 1\n")
    with el.open(tmp_path) as workspace:
        workspace.datasets["tumours"].append(rows()[:400])
        recipe = el.Recipe(LogisticRegression(max_iter=300), target=el.Target("kind"))
        workspace.train("tumours", recipe)
    return tmp_path


@pytest.fixture
def project(template: Path, tmp_path: Path) -> Project:
    shutil.copytree(template, tmp_path, dirs_exist_ok=True)
    layout = Layout(tmp_path / ".everloop")
    record, estimator = freeze(el.Recipe(GaussianNB(), target=el.Target("kind")))
    blobs = FileBlobs(layout.blobs)
    rival = RecipeRef(name="bayes", recipe=blobs.write(to_json(record)), estimator=blobs.write(estimator))
    now = datetime.now(UTC)
    loop = LoopRecord(
        name="tumours",
        endpoint="tumours",
        model="tumours",
        dataset="tumours",
        target=TargetRule(outcome="kind"),
        recipes=(rival,),
        policy=LoopPolicy(),
        triggers=(),
        audit_share=0.0,
        declared_at=now,
    )
    cycle = Cycle(
        endpoint="tumours",
        number=1,
        loop="tumours",
        state="pinning",
        step=1,
        policy=LoopPolicy(evaluation_share=0.25),
        causes=(),
        by=Actor(kind="system", name="loop"),
        opened_at=now,
        champion=CHAMPION,
        anchor=CHAMPION,
        moved_at=now,
    )
    project = Project(layout)
    project.add(loop, cycle)
    return project


def test_a_fold_that_is_killed_anywhere_takes_each_answer_in_once(project, actor):
    ids = project.answer(40)
    for point in PINS:
        assert actor.do(project.layout.root, "pin", point) == (-signal.SIGKILL, {}), point
        assert len(project.facts().data) == 1, "killed before anything was recorded"
    assert actor.do(project.layout.root, "pin", "pin:after")[0] == -signal.SIGKILL
    code, again = actor.do(project.layout.root, "pin")
    assert code == 0

    facts = project.facts()
    assert [(v.number, v.rows, v.added) for v in facts.data] == [(1, 400, 400), (2, 430, 30)]
    assert again["version"] == 2
    assert [e.action for e in facts.events].count("fold_answers") == 1
    blobs = FileBlobs(project.layout.blobs)
    assert read_ids(blobs, facts.data[1].predictions).to_pylist() == ids[:30]
    with el.open(project.layout.root.parent) as workspace:
        folded = workspace.datasets["tumours"].read(2).slice(400)
    assert folded["radius"].to_pylist() == [1000.0 + n for n in range(30)]
    assert DeltaTables(project.layout.tables).snapshot("datasets/tumours").dataset().count_rows() == 430


def test_fits_that_are_killed_anywhere_end_with_one_version_each(project, actor):
    for point in FITS:
        assert actor.do(project.layout.root, "fit", point)[0] == -signal.SIGKILL, point
    code, result = actor.do(project.layout.root, "fit")
    assert code == 0

    facts = project.facts()
    own = facts.versions[0].recipe
    rivals = [v.number for v in facts.versions if v.recipe != own]
    assert (len(facts.versions), len(rivals)) == (3, 1), "one version a recipe, and the champion"
    assert [c["number"] for c in result["candidates"]] == rivals, (
        "the champion's recipe gave the champion again"
    )
    assert "nothing changed" in result["errors"][0]
    states = [run.state for run in facts.runs]
    assert states.count("finished") == 3
    assert set(states) == {"finished", "interrupted"}
    assert [e.action for e in facts.events].count("finish_run") == len(facts.runs)
    assert actor.do(project.layout.root, "fit") == (0, result)
