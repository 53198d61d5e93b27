"""Begin a training: its run is recorded, and a child process fits the recipe."""

import base64
from dataclasses import dataclass
from typing import TYPE_CHECKING

from everloop.actions.context import Change, Context, recorded
from everloop.datasets.versions import version_of, versions
from everloop.errors import InvalidRequest, NotFound, RecipeRefused
from everloop.records.codec import to_json
from everloop.records.dataset import DatasetVersion
from everloop.records.names import checked_name, new_id
from everloop.records.recipe import RecipeRecord
from everloop.records.run import Run
from everloop.stores.metadata import Transaction

if TYPE_CHECKING:
    from everloop.datasets.selection import Selection


@dataclass(frozen=True, slots=True, kw_only=True)
class StartRunRequest:
    """A frozen recipe, its unfitted estimator, and the data to fit it on.

    The estimator comes as a skops file in base64, or, where one was kept before, as its digest in `kept_estimator`.
    Rows that suspect dataset versions added are left out.
    """

    model: str
    dataset: str
    recipe: RecipeRecord
    estimator: str = ""
    kept_estimator: str = ""
    dataset_version: int | None = None  # the newest
    window: int | None = None  # the newest so many rows; all
    reason: str = ""


def start_run(context: Context, request: StartRunRequest) -> Run:
    """Start a run and answer at once; ask for it to see how it goes.

    Raises NotFound for an unknown dataset, version or kept estimator, RecipeRefused for an estimator that is not safe
    to load, InvalidData where no row is left to learn from.
    """
    from everloop.datasets.selection import select

    checked_name(request.model, "model")
    estimator = _estimator(context, request)
    with context.metadata.transaction() as transaction:
        data = version_of(transaction, request.dataset, request.dataset_version)
        history = versions(transaction, request.dataset)
    _require_target(request.recipe, data)
    rows = select(context.tables, data, history, request.window)
    run_id = new_id("run")
    context.runner.claim(run_id)
    try:
        _lay_out(context, request, run_id, estimator, rows)
        made = _run(context, request, run_id, estimator, data, rows)
        run = recorded(context, "start_run", request, Run, lambda t: _start(made, request, data, t))
    except BaseException:
        context.runner.release(run_id)
        raise
    if run.id == run_id:
        context.runner.start(run_id)
    else:  # a repeated key: the earlier call's run is under way, or done
        context.runner.release(run_id)
    return run


def _estimator(context: Context, request: StartRunRequest) -> bytes:
    if bool(request.estimator) == bool(request.kept_estimator):
        raise InvalidRequest("A run has one estimator.", remedy="Give `estimator` or `kept_estimator`.")
    if request.estimator:
        return decoded(request.estimator)
    try:
        return context.blobs.read(request.kept_estimator)
    except NotFound as error:
        raise NotFound(
            f"No estimator {request.kept_estimator[:12]!r} is kept here.", remedy="Send it with the run."
        ) from error


def _require_target(recipe: RecipeRecord, data: DatasetVersion) -> None:
    names = [field.name for field in data.fields]
    if recipe.target.outcome not in names:
        raise RecipeRefused(
            f"The {data.told} has no column {recipe.target.outcome!r} to learn.",
            remedy=f"It has: {', '.join(names)[:300]}.",
        )


def _lay_out(
    context: Context, request: StartRunRequest, run_id: str, estimator: bytes, rows: "Selection"
) -> None:
    """Outside the transaction: a copy of all rows takes its time, and others want to write."""
    from everloop.training.job import prepare

    prepare(
        context.layout,
        run_id,
        recipe=request.recipe,
        estimator=estimator,
        rows=rows.rows,
        data=rows.digest,
        threads=context.settings.training.threads,
        note=rows.note,
    )


def _run(
    context: Context,
    request: StartRunRequest,
    run_id: str,
    estimator: bytes,
    data: DatasetVersion,
    rows: "Selection",
) -> Run:
    return Run(
        id=run_id,
        model=request.model,
        recipe=context.blobs.write(to_json(request.recipe)),
        dataset=data.dataset,
        dataset_version=data.number,
        state="running",
        by=context.actor,
        started_at=context.clock.now(),
        tracking="pending" if context.settings.training.mlflow else "off",
        estimator=context.blobs.write(estimator),
        window=request.window,
        left_out=rows.left_out,
        data_digest=rows.digest,
    )


def _start(run: Run, request: StartRunRequest, data: DatasetVersion, transaction: Transaction) -> Change[Run]:
    transaction.add(run)
    return Change(
        result=run,
        subject=f"model:{run.model}",
        after={"run": run.id, "data": data.told, "recipe": run.recipe, "estimator": request.recipe.estimator},
        reason=request.reason,
    )


def decoded(text: str) -> bytes:
    """The bytes of an estimator that came as base64; raises InvalidRequest."""
    try:
        return base64.b64decode(text, validate=True)
    except ValueError as error:  # binascii's own, or other letters than ASCII
        raise InvalidRequest(f"`estimator` is not base64: {error}.") from error
