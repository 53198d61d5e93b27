"""End a run: with a new model version, or with the reason why there is none."""

from dataclasses import dataclass, field, replace
from typing import Literal

from everloop.actions.context import Change, Context, recorded
from everloop.bundles.door import open_bundle
from everloop.errors import Conflict, InvalidRequest, NotFound
from everloop.records.codec import from_json
from everloop.records.dataset import DatasetVersion
from everloop.records.model_version import ModelVersion
from everloop.records.recipe import RecipeRecord
from everloop.records.run import Run
from everloop.registry.versions import register
from everloop.stores.metadata import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class FinishRunRequest:
    """How the child ended: the bundle it left and its scores, or an error."""

    run: str
    bundle: str = ""
    metrics: dict[str, float] = field(default_factory=dict)
    taught: str = ""  # digest of the marks of the rows that it was fitted on
    error: str = ""
    state: Literal["finished", "failed", "interrupted"] = "finished"


def finish_run(context: Context, request: FinishRunRequest) -> Run:
    """Register the run's version, or record its failure.

    Raises NotFound for an unknown run, Conflict for one that has ended, BundleRefused for a damaged bundle.
    """
    if (request.state == "finished") != bool(request.bundle):
        raise InvalidRequest("A finished run has a bundle; another has none.")
    return recorded(context, "finish_run", request, Run, lambda t: _finish(context, request, t))


def known_run(transaction: Transaction, run_id: str) -> Run:
    """The run; raises NotFound."""
    run = transaction.get(Run, run_id)
    if run is None:
        raise NotFound(f"There is no run {run_id[:80]!r}.", remedy="List them with `everloop runs`.")
    return run


def _finish(context: Context, request: FinishRunRequest, transaction: Transaction) -> Change[Run]:
    run = known_run(transaction, request.run)
    if run.state != "running":
        raise Conflict(f"Run {run.id} has ended already: {run.state}.")
    ended = replace(
        run,
        state=request.state,
        finished_at=context.clock.now(),
        error=request.error,
        metrics=request.metrics,
        tracking=run.tracking if request.bundle else "off",
    )
    if request.bundle:
        version = _registered(context, transaction, run, request)
        ended = replace(ended, bundle=request.bundle, version=version.number)
    transaction.replace(ended)
    return Change(
        result=ended,
        subject=f"model:{run.model}",
        before={"run": run.id, "state": run.state},
        after={"state": ended.state, "version": ended.version, "bundle": ended.bundle},
        evidence={"metrics": request.metrics},
        reason=request.error,
    )


def _registered(
    context: Context, transaction: Transaction, run: Run, request: FinishRunRequest
) -> ModelVersion:
    manifest = open_bundle(context.layout.bundles, request.bundle).manifest
    recipe = from_json(RecipeRecord, context.blobs.read(run.recipe)) if run.recipe else None
    target = recipe.target if recipe is not None else run.target
    if target is None:
        raise InvalidRequest(f"Run {run.id} has neither a recipe nor a target.")
    version = ModelVersion(
        model=run.model,
        number=0,
        bundle=request.bundle,
        run=run.id,
        recipe=run.recipe,
        dataset=run.dataset,
        dataset_version=run.dataset_version,
        data_digest=_data_digest(transaction, run),
        code_version=recipe.code_version if recipe is not None else "",
        environment=manifest.environment,
        signature=manifest.signature,
        target=target,
        created_at=context.clock.now(),
        by=run.by,
        metrics=request.metrics,
        imported=run.imported,
        taught=request.taught,
    )
    return register(transaction, version)


def _data_digest(transaction: Transaction, run: Run) -> str:
    """Of the rows that it learned from; of an import, of rows as it takes them, where there are any."""
    data = transaction.get(DatasetVersion, run.dataset, run.dataset_version) if run.dataset else None
    if data is None and run.imported is None:
        raise NotFound(f"There is no dataset version {run.dataset}@{run.dataset_version}.")
    return run.data_digest or (data.digest if data is not None else "")
