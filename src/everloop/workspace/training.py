"""Start a run, follow its log, and come back with its version."""

import base64
import time
from pathlib import Path
from typing import TYPE_CHECKING

from everloop.actions.queries.models import LogQuery, RunQuery, VersionQuery
from everloop.actions.refit import RefitRequest
from everloop.actions.registry import REFIT, RUN, RUN_LOG, START_RUN, VERSION
from everloop.actions.start_run import StartRunRequest
from everloop.errors import EverloopError, NotFound, TrainingFailed
from everloop.records.model_version import ModelVersion
from everloop.records.names import checked_name, new_id
from everloop.records.run import Run
from everloop.workspace.progress import Progress, watched

if TYPE_CHECKING:
    from everloop.training.recipe import Recipe
    from everloop.workspace.client import Client

POLL_S = 0.2


def train(
    client: "Client",
    model: str,
    recipe: "Recipe",
    *,
    dataset: str,
    dataset_version: int | None,
    folder: Path | None,
    progress: Progress | None,
) -> ModelVersion:
    """Train and wait. An interruption leaves the run to whoever carries it out."""
    from everloop.training.freeze import freeze

    record, estimator = freeze(recipe, project=folder)
    request = StartRunRequest(
        model=checked_name(model, "model"),
        dataset=dataset or model,
        dataset_version=dataset_version,
        recipe=record,
        estimator=base64.b64encode(estimator).decode(),
    )
    return version_of_run(client, client.call(START_RUN, request, key=new_id("key")), progress)


def refit(client: "Client", request: RefitRequest, progress: Progress | None) -> ModelVersion:
    """Fit a version's recipe again and wait, as `train` does."""
    return version_of_run(client, client.call(REFIT, request, key=new_id("key")), progress)


def version_of_run(
    client: "Client", run: Run, progress: Progress | None, *, failed: type[EverloopError] = TrainingFailed
) -> ModelVersion:
    """Follow a run until it has its version; raises `failed` with the reason where it ends without one."""
    progress = progress or watched()
    progress(f"Run {run.id} {_of(run)}.")
    ended = _follow(client, run, progress)
    if ended.state != "finished" or ended.version is None:
        raise failed(ended.error or f"Run {run.id} was {ended.state}.")
    return client.call(VERSION, VersionQuery(model=run.model, version=ended.version), key="")


def _of(run: Run) -> str:
    return (
        f"imports {run.imported.file}" if run.imported else f"on dataset {run.dataset}@{run.dataset_version}"
    )


def _follow(client: "Client", run: Run, progress: Progress) -> Run:
    offset = 0
    while True:
        current = client.call(RUN, RunQuery(run=run.id), key="")
        offset = _tell(client, run.id, offset, progress)
        if current.state != "running":
            return current
        time.sleep(POLL_S)


def _tell(client: "Client", run: str, offset: int, progress: Progress) -> int:
    try:
        part = client.call(RUN_LOG, LogQuery(run=run, offset=offset), key="")
    except NotFound:
        return offset
    for line in part.text.splitlines():
        progress(line)
    return part.next_offset
