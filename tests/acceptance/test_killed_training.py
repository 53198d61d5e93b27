"""Check T1 for `everloop train` itself: killed at any moment, it leaves no process, no half bundle and no open run."""

import os
import runpy
import signal
from pathlib import Path

import psutil
import pytest
from sklearn.datasets import load_breast_cancer

import everloop as el
from everloop.bundles.door import open_bundle
from everloop.stores.layout import Layout

LOOP = """
import everloop as el
from lightgbm import LGBMClassifier

recipes = {"tumours": el.Recipe(LGBMClassifier(n_estimators=400), target=el.Target("target"), seed=7)}
"""


def recipe_of(folder: Path) -> el.Recipe:
    return runpy.run_path(str(folder / "loop.py"))["recipes"]["tumours"]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory, fits_here) -> Path:
    """A project whose model has one version."""
    folder = tmp_path_factory.mktemp("project")
    (folder / "everloop.toml").write_text("[training]\nmlflow = false\nthreads = 1\n")
    (folder / "loop.py").write_text(LOOP)
    with el.open(folder) as workspace:
        workspace.datasets["tumours"].append(load_breast_cancer(as_frame=True).frame)
        workspace.train("tumours", recipe_of(folder))
    return folder


def is_begun(run: Path) -> bool:
    """It is recorded only when all that its child needs lies in its folder."""
    return True


def is_fitting(run: Path) -> bool:
    log = run / "log.txt"
    text = log.read_text() if log.exists() else ""
    return " columns; " in text and "Fitted" not in text


def kill_at(moment, training, runs: Path, eventually, alive) -> str:
    """Kill a training at a moment of its run, see its children go, and answer the run's id."""
    before = {*runs.iterdir()}
    process = training().process
    (run,) = eventually(lambda: [run for run in {*runs.iterdir()} - before if moment(run)])
    family = [child.pid for child in psutil.Process(process.pid).children(recursive=True)]
    os.kill(process.pid, signal.SIGKILL)
    process.wait(10)
    eventually(lambda: not any(alive(pid) for pid in family), within_s=5)
    assert moment(run), "the kill came after its moment"
    assert moment is is_begun or family, "a fit has a process of its own"
    return run.name


def test_a_training_that_is_killed_leaves_nothing_behind_and_can_be_done_again(
    project, command, eventually, alive
):
    layout = Layout(project / ".everloop")
    killed = [
        kill_at(moment, lambda: command(project, "train", "tumours"), layout.runs, eventually, alive)
        for moment in (is_begun, is_fitting)
    ]
    with el.open(project) as workspace:
        states = {run.id: run.state for run in workspace.runs()}
        (first,) = workspace.versions("tumours")
        again = workspace.train("tumours", recipe_of(project))
    assert states.get(killed[0], "never recorded") in ("never recorded", "interrupted")
    assert states[killed[1]] == "interrupted"
    assert (first.record.number, again.record.number) == (1, 2)
    assert (again.metrics, again.record.bundle) == (first.metrics, first.record.bundle)
    (bundle,) = layout.bundles.iterdir()
    assert open_bundle(layout.bundles, bundle.name).digest == first.record.bundle
