"""MLflow beside a run: in the background, once, and found again by our id."""

import threading
from datetime import UTC, datetime, timedelta

import pytest

from everloop.records.actor import Actor
from everloop.records.codec import to_json
from everloop.records.run import Run
from everloop.records.signature import Signature
from everloop.stores.durable import write_whole
from everloop.training.exchange import RESULT, TrainingResult, run_folder
from everloop.training.tracking import LOG, start_tracking, track, tracking_id

STARTED = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
PATIENCE_S = 120.0


@pytest.fixture
def run(layout, lay_out) -> Run:
    """A finished run with its folder."""
    folder = lay_out("run_1")
    result = TrainingResult(
        run="run_1",
        bundle="b" * 64,
        runtime="onnx",
        signature=Signature(task="classification", target="diagnosis", columns=()),
        metrics={"accuracy": 0.9, "roc_auc": 0.95},
        rows={},
        environment={},
        seconds=1.0,
    )
    write_whole(folder / RESULT, to_json(result))
    return Run(
        id="run_1",
        model="tumours",
        recipe="r" * 64,
        dataset="tumours",
        dataset_version=3,
        state="finished",
        by=Actor(kind="person", name="ann"),
        started_at=STARTED,
        finished_at=STARTED + timedelta(seconds=9),
        bundle="b" * 64,
        version=4,
        metrics=result.metrics,
    )


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning", "ignore::ResourceWarning")
def test_a_run_is_logged_in_the_background_once_and_found_by_our_id(layout, run):
    assert tracking_id(layout, "run_1") == ""
    start_tracking(layout, run)
    for thread in threading.enumerate():
        if thread.name == "tracking run_1":
            thread.join(PATIENCE_S)
    found = tracking_id(layout, "run_1")
    assert found, (run_folder(layout, "run_1") / LOG).read_text()
    assert track(run_folder(layout, "run_1")) == found  # and a second time

    from mlflow.tracking import MlflowClient

    client = MlflowClient(tracking_uri=f"sqlite:///{layout.tracking / 'mlflow.db'}")
    experiment = client.get_experiment_by_name("tumours")
    (logged,) = client.search_runs([experiment.experiment_id], "tags.`everloop.run` = 'run_1'")
    assert logged.info.run_id == found
    assert logged.info.status == "FINISHED"
    assert logged.info.end_time - logged.info.start_time == 9000
    assert logged.data.metrics == {"accuracy": 0.9, "roc_auc": 0.95}
    assert logged.data.params["n_estimators"] == "200"
    assert logged.data.params["recipe.seed"] == "7"
    assert logged.data.tags["everloop.bundle"] == "b" * 64
    assert logged.data.tags["everloop.dataset"] == "tumours@3"
    assert logged.data.tags["mlflow.runName"] == "tumours@4"


WAIT = """
import os, sys, time
while not os.path.exists(sys.argv[1] + "/go"):
    time.sleep(0.01)
"""


def test_starting_does_not_wait_for_the_end(layout, run, monkeypatch, is_alive):
    monkeypatch.setattr("everloop.training.tracking.COMMAND", ["-c", WAIT])
    pid = start_tracking(layout, run)
    assert is_alive(pid)
    (run_folder(layout, "run_1") / "go").touch()
    for thread in threading.enumerate():
        if thread.name == "tracking run_1":
            thread.join(PATIENCE_S)
    assert not is_alive(pid)
