import os
import signal
import subprocess
import sys
import threading
import time

import pytest
from lightgbm import LGBMClassifier
from sklearn.preprocessing import FunctionTransformer

from everloop.bundles.door import open_bundle
from everloop.bundles.encoding import encode
from everloop.bundles.trusted import dump_canonical
from everloop.errors import RecipeRefused, TrainingFailed
from everloop.records.codec import from_json
from everloop.training import child, job
from everloop.training.exchange import REQUEST, TrainingRequest
from everloop.training.job import child_environment, prepare, run_child

PATIENCE_S = 150.0

PARENT = """
import pathlib, sys
from everloop.stores.layout import Layout
from everloop.training.job import run_child
run_child(Layout(pathlib.Path(sys.argv[1])), sys.argv[2], seconds=150, on_progress=lambda p: print(p.share, flush=True))
"""


def until(condition) -> None:
    """Wait for a condition, with a deadline."""
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.01)


def forever() -> LGBMClassifier:
    """A recipe that takes as long as one lets it, in compiled code."""
    return LGBMClassifier(n_estimators=10_000_000, num_leaves=4, min_child_samples=1)


@pytest.fixture
def started(monkeypatch) -> list[int]:
    """The process ids of the children, as they start."""
    pids: list[int] = []

    class Spy(job.LocalJob):
        def __init__(self, *arguments, **options):
            super().__init__(*arguments, **options)
            pids.append(self.pid)

    monkeypatch.setattr(job, "LocalJob", Spy)
    return pids


def test_a_training_leaves_a_bundle_that_answers_a_log_and_no_copy_of_the_rows(layout, lay_out, tumours):
    folder = lay_out("run_1", LGBMClassifier(n_estimators=20))
    told = []
    result = run_child(layout, "run_1", seconds=PATIENCE_S, on_progress=told.append)
    bundle = open_bundle(layout.bundles, result.bundle)
    output = bundle.runtime().predict(encode(bundle.manifest.signature, tumours))
    assert output.shape == (len(tumours), 2)
    assert result.signature.classes == ("benign", "malignant")
    assert result.metrics["accuracy"] > 0.85  # nine in ten are told by their radius alone
    assert result.rows == {"fitted": 456, "scored": 113, "left_out": 0}  # a fifth of 212 and of 357
    assert [p.share for p in told] == sorted(p.share for p in told)
    assert told[-1].share == 1.0
    assert all(p.text in (folder / "log.txt").read_text() for p in told)
    assert not (folder / "data.arrow").exists()


def test_an_error_of_the_child_is_raised_by_the_parent_as_what_it_was(layout, lay_out):
    folder = lay_out("run_1", target="diagnosys")
    with pytest.raises(RecipeRefused, match="no column 'diagnosys' to learn") as refusal:
        run_child(layout, "run_1", seconds=PATIENCE_S)
    assert "\n" not in str(refusal.value)
    assert "diagnosys" in (folder / "log.txt").read_text()
    assert not layout.bundles.exists()


def test_an_estimator_that_is_not_the_recipes_is_refused(layout, lay_out):
    other = (lay_out("run_2", LGBMClassifier(n_estimators=3)) / "estimator.skops").read_bytes()
    folder = lay_out("run_1", LGBMClassifier(n_estimators=4))
    (folder / "estimator.skops").write_bytes(other)
    request = from_json(TrainingRequest, (folder / REQUEST).read_bytes())
    with pytest.raises(RecipeRefused, match="not the one"):
        child._fitted(folder, request, lambda text, share: None)


def test_an_estimator_of_foreign_code_is_refused_before_a_child_is_started(layout, tumours, lay_out):
    record = from_json(TrainingRequest, (lay_out("run_1") / REQUEST).read_bytes()).recipe
    hostile = dump_canonical(FunctionTransformer(until))
    with pytest.raises(RecipeRefused, match="not safe to load"):
        prepare(layout, "run_2", recipe=record, estimator=hostile, rows=tumours, data="d", threads=1)
    assert not (layout.runs / "run_2").exists()


def test_a_training_that_takes_too_long_is_stopped(layout, lay_out, started, is_alive):
    lay_out("run_1", forever())
    with pytest.raises(TrainingFailed, match="took longer than 2 s"):
        run_child(layout, "run_1", seconds=2)
    assert not is_alive(started[0])


def test_a_killed_child_is_reported_and_the_same_run_then_succeeds(layout, lay_out, started):
    lay_out("run_1", forever())
    fitting = threading.Event()

    def kill() -> None:
        assert fitting.wait(PATIENCE_S)
        os.kill(started[0], signal.SIGKILL)

    killer = threading.Thread(target=kill)
    killer.start()
    with pytest.raises(TrainingFailed, match="ended by signal 9"):
        run_child(
            layout,
            "run_1",
            seconds=PATIENCE_S,
            on_progress=lambda p: fitting.set() if p.share >= 0.15 else None,
        )
    killer.join()
    assert not layout.bundles.exists()
    lay_out("run_1", LGBMClassifier(n_estimators=5))
    assert run_child(layout, "run_1", seconds=PATIENCE_S).runtime == "onnx"


def test_the_child_dies_with_a_parent_that_was_killed(layout, lay_out, is_alive):
    lay_out("run_1", forever())
    command = [sys.executable, "-c", PARENT, str(layout.root), "run_1"]
    parent = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=child_environment(1))
    assert parent.stdout is not None
    with parent.stdout:
        for line in parent.stdout:
            if float(line) >= 0.15:  # deep in compiled code
                break
        (pid,) = children_of(parent.pid)
        parent.kill()
    parent.wait()
    until(lambda: not is_alive(pid))
    assert not layout.bundles.exists()


def children_of(pid: int) -> list[int]:
    with open(f"/proc/{pid}/task/{pid}/children") as file:
        return [int(text) for text in file.read().split()]


def test_the_child_sees_no_credentials(monkeypatch):
    monkeypatch.setenv("EVERLOOP_TOKEN", "secret")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    environment = child_environment(3)
    assert "secret" not in environment.values()
    assert environment["OMP_NUM_THREADS"] == "3"
