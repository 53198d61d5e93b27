"""Fit the recipe of a version again, on newer data."""

from dataclasses import dataclass

from everloop.actions.context import Context
from everloop.actions.start_run import StartRunRequest, start_run
from everloop.errors import RecipeRefused
from everloop.records.codec import from_json
from everloop.records.endpoint import Endpoint
from everloop.records.model_version import ModelVersion
from everloop.records.names import checked_name
from everloop.records.recipe import RecipeRecord
from everloop.records.run import Run
from everloop.registry.versions import known_version, versions
from everloop.stores.metadata import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class RefitRequest:
    """Which version's recipe, and on which data.

    Without a version it is the one that answers at the endpoint named like the model, else the newest.
    """

    model: str
    version: int | None = None
    dataset: str = ""  # the one that the version was trained on
    dataset_version: int | None = None  # the newest
    window: int | None = None  # the newest so many rows; all


def refit(context: Context, request: RefitRequest) -> Run:
    """Start a run and answer at once, as `start_run` does.

    Raises NotFound for an unknown version or dataset, RecipeRefused for a version whose estimator was not kept.
    """
    checked_name(request.model, "model")
    with context.metadata.transaction() as transaction:
        version = _chosen(transaction, request)
    recipe, estimator = kept_recipe(context, version)
    return start_run(
        context,
        StartRunRequest(
            model=version.model,
            dataset=request.dataset or version.dataset,
            dataset_version=request.dataset_version,
            recipe=recipe,
            kept_estimator=estimator,
            window=request.window,
            reason=f"refit of version {version}",
        ),
    )


def kept_recipe(context: Context, version: ModelVersion) -> tuple[RecipeRecord, str]:
    """The recipe that made a version, and the digest of its unfitted estimator; raises RecipeRefused without one."""
    with context.metadata.transaction() as transaction:
        run = transaction.get(Run, version.run)
    if version.imported is not None:
        raise RecipeRefused(
            f"{version} was imported from {version.imported.file}: it has no recipe to fit again.",
            remedy=f"Declare one in the loop, as in el.Loop({version.model!r}, recipe=el.Recipe(...)), or train it.",
        )
    if run is None or not run.estimator:
        raise RecipeRefused(
            f"The estimator of {version} was not kept, so its recipe cannot be fitted again.",
            remedy=f"Train it once more with `everloop train {version.model}`.",
        )
    return from_json(RecipeRecord, context.blobs.read(version.recipe)), run.estimator


def _chosen(transaction: Transaction, request: RefitRequest) -> ModelVersion:
    if request.version is not None:
        return known_version(transaction, request.model, request.version)
    endpoint = transaction.get(Endpoint, request.model)
    if endpoint is not None and endpoint.champion.model == request.model:
        return known_version(transaction, request.model, endpoint.champion.number)
    newest = versions(transaction, request.model)[-1:]
    return newest[0] if newest else known_version(transaction, request.model, 1)
