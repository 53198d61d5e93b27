"""An MLflow run beside ours, logged in the background by a process of its own: it may outlive whoever started it.

`python -m everloop.training.tracking RUN_FOLDER` logs what `start_tracking` left in the folder, once: a second
call finds the run by our id and completes it. MLflow takes seconds to import, and once to make its store.
"""

import fcntl
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from everloop.records.codec import from_json, to_json
from everloop.records.recipe import RecipeRecord
from everloop.records.run import Run
from everloop.stores.durable import write_whole
from everloop.stores.layout import Layout
from everloop.training.exchange import (
    REQUEST,
    RESULT,
    TrainingRequest,
    TrainingResult,
    run_folder,
)
from everloop.training.job import child_environment

if TYPE_CHECKING:
    from mlflow.entities import Run as MlflowRun
    from mlflow.tracking import MlflowClient

ENDED = "run.json"
TRACKED = "tracking-id"
LOG = "tracking.log"
COMMAND = ["-P", "-m", "everloop.training.tracking"]
OUR_RUN = "everloop.run"  # the tag that a run is found again by
LONGEST_S = 300
MOST_PARAMETERS = 100  # of one call
LONGEST_VALUE = 500  # characters: what every release of MLflow takes
_STRANGE = re.compile(r"[^\w\-./ :]")  # not allowed in the name of a parameter
_QUIET = {"MLFLOW_DISABLE_TELEMETRY": "true", "DO_NOT_TRACK": "true", "MLFLOW_LOGGING_LEVEL": "WARNING"}


def start_tracking(layout: Layout, run: Run) -> int:
    """Log a finished run, with what lies in its folder, to MLflow in the background; answers the process's id.

    It ends by itself within minutes, and may be started again for the same run. `tracking_id` tells when it is done.
    """
    folder = run_folder(layout, run.id)
    write_whole(folder / ENDED, to_json(run))
    with (folder / LOG).open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, *COMMAND, str(folder)],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env={**child_environment(1), **_QUIET},
            start_new_session=True,
        )
    threading.Thread(target=process.wait, name=f"tracking {run.id}", daemon=True).start()  # no zombie stays
    return process.pid


def tracking_id(layout: Layout, run: str) -> str:
    """MLflow's id of our run, empty until it is logged."""
    try:
        return (run_folder(layout, run) / TRACKED).read_text(encoding="ascii")
    except FileNotFoundError:
        return ""


def track(folder: Path) -> str:
    """Log the run in a folder and answer MLflow's id of it. A second call logs nothing twice."""
    run = from_json(Run, (folder / ENDED).read_bytes())
    store = Layout(folder.parent.parent).tracking
    store.mkdir(parents=True, exist_ok=True)
    with _alone(store / "lock"):
        from mlflow.tracking import MlflowClient

        client = MlflowClient(tracking_uri=f"sqlite:///{store / 'mlflow.db'}")
        experiment = _experiment(client, run.model, store)
        found = client.search_runs([experiment], f"tags.`{OUR_RUN}` = '{run.id}'", max_results=1)
        logged = found[0] if found else _created(client, experiment, run, folder)
        if logged.info.status != "FINISHED":
            _log(client, logged.info.run_id, run, folder)
    write_whole(folder / TRACKED, logged.info.run_id.encode("ascii"))
    return str(logged.info.run_id)


@contextmanager
def _alone(lock: Path) -> Iterator[None]:
    """One at a time: MLflow's store is made by the first, and no run is logged by two."""
    descriptor = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _experiment(client: "MlflowClient", model: str, store: Path) -> str:
    known = client.get_experiment_by_name(model)
    if known is not None:
        return str(known.experiment_id)
    return str(client.create_experiment(model, artifact_location=(store / "artifacts").as_uri()))


def _created(client: "MlflowClient", experiment: str, run: Run, folder: Path) -> "MlflowRun":
    trained = from_json(TrainingResult, (folder / RESULT).read_bytes())
    request = from_json(TrainingRequest, (folder / REQUEST).read_bytes())
    tags = {
        OUR_RUN: run.id,
        "everloop.version": f"{run.model}@{run.version}",
        "everloop.bundle": trained.bundle,
        "everloop.runtime": trained.runtime,
        "everloop.recipe": run.recipe,
        "everloop.dataset": f"{run.dataset}@{run.dataset_version}",
        "everloop.data": request.data,
        "mlflow.user": run.by.name,
        "mlflow.source.git.commit": request.recipe.code_version,
    }
    return client.create_run(
        experiment,
        start_time=_milliseconds(run.started_at),
        tags={name: value for name, value in tags.items() if value},
        run_name=f"{run.model}@{run.version}",
    )


def _log(client: "MlflowClient", run_id: str, run: Run, folder: Path) -> None:
    from mlflow.entities import Metric, Param

    recipe = from_json(TrainingRequest, (folder / REQUEST).read_bytes()).recipe
    finished = _milliseconds(run.finished_at or run.started_at)
    metrics = [Metric(name, value, finished, 0) for name, value in sorted(run.metrics.items())]
    parameters = [Param(name, value) for name, value in sorted(_parameters(recipe).items())]
    client.log_batch(run_id, metrics=metrics, params=parameters[:MOST_PARAMETERS])
    for first in range(MOST_PARAMETERS, len(parameters), MOST_PARAMETERS):
        client.log_batch(run_id, params=parameters[first : first + MOST_PARAMETERS])
    client.set_terminated(run_id, "FINISHED", end_time=finished)


def _milliseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)


def _parameters(recipe: RecipeRecord) -> dict[str, str]:
    ours = {
        "estimator": recipe.estimator,
        "target": recipe.target.outcome,
        "task": recipe.task,
        "seed": str(recipe.seed),
        "test_share": str(recipe.test_share),
        "order_by": recipe.order_by,
    }
    named = {**{f"recipe.{name}": value for name, value in ours.items()}, **recipe.hyperparameters}
    return {_STRANGE.sub("_", name)[:250]: value[:LONGEST_VALUE] for name, value in named.items() if value}


if __name__ == "__main__":
    limit = threading.Timer(LONGEST_S, os._exit, args=(1,))
    limit.daemon = True
    limit.start()
    track(Path(sys.argv[1]))
