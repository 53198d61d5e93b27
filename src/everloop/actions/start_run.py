"""Begin a training: its run is recorded, and a child process fits the recipe."""

import base64
from dataclasses import dataclass

from everloop.actions.context import Change, Context, recorded
from everloop.datasets.content import read
from everloop.datasets.versions import version_of
from everloop.errors import InvalidRequest, RecipeRefused
from everloop.records.codec import to_json
from everloop.records.dataset import DatasetVersion
from everloop.records.names import checked_name, new_id
from everloop.records.recipe import RecipeRecord
from everloop.records.run import Run
from everloop.stores.metadata import Transaction
from everloop.training.job import prepare


@dataclass(frozen=True, slots=True, kw_only=True)
class StartRunRequest:
    """A frozen recipe, its unfitted estimator (a skops file in base64), and the data to fit it on."""

    model: str
    dataset: str
    recipe: RecipeRecord
    estimator: str
    dataset_version: int | None = None  # the newest


def start_run(context: Context, request: StartRunRequest) -> Run:
    """Start a run and answer at once; ask for it to see how it goes.

    Raises NotFound for an unknown dataset or version, RecipeRefused for an estimator that is not safe to load.
    """
    checked_name(request.model, "model")
    with context.metadata.transaction() as transaction:
        data = version_of(transaction, request.dataset, request.dataset_version)
    _require_target(request.recipe, data)
    run_id = new_id("run")
    context.runner.claim(run_id)
    try:
        _lay_out(context, request, run_id, data)
        run = recorded(
            context, "start_run", request, Run, lambda t: _start(context, request, run_id, data, t)
        )
    except BaseException:
        context.runner.release(run_id)
        raise
    if run.id == run_id:
        context.runner.start(run_id)
    else:  # a repeated key: the earlier call's run is under way, or done
        context.runner.release(run_id)
    return run


def _require_target(recipe: RecipeRecord, data: DatasetVersion) -> None:
    names = [field.name for field in data.fields]
    if recipe.target.outcome not in names:
        raise RecipeRefused(
            f"{data} has no column {recipe.target.outcome!r} to learn.",
            remedy=f"It has: {', '.join(names)[:300]}.",
        )


def _lay_out(context: Context, request: StartRunRequest, run_id: str, data: DatasetVersion) -> None:
    """Outside the transaction: a copy of all rows takes its time, and others want to write."""
    prepare(
        context.layout,
        run_id,
        recipe=request.recipe,
        estimator=decoded(request.estimator),
        rows=read(context.tables, data),
        data=data.digest,
        threads=context.settings.training.threads,
    )


def _start(
    context: Context,
    request: StartRunRequest,
    run_id: str,
    data: DatasetVersion,
    transaction: Transaction,
) -> Change[Run]:
    run = Run(
        id=run_id,
        model=request.model,
        recipe=context.blobs.write(to_json(request.recipe)),
        dataset=data.dataset,
        dataset_version=data.number,
        state="running",
        by=context.actor,
        started_at=context.clock.now(),
        tracking="pending" if context.settings.training.mlflow else "off",
    )
    transaction.add(run)
    return Change(
        result=run,
        subject=f"model:{run.model}",
        after={"run": run.id, "data": str(data), "recipe": run.recipe, "estimator": request.recipe.estimator},
    )


def decoded(text: str) -> bytes:
    """The bytes of an estimator that came as base64; raises InvalidRequest."""
    try:
        return base64.b64decode(text, validate=True)
    except ValueError as error:  # binascii's own, or other letters than ASCII
        raise InvalidRequest(f"`estimator` is not base64: {error}.") from error
