"""Declare an endpoint whose model somebody else serves."""

from dataclasses import dataclass
from typing import Literal

from everloop.actions.context import Change, Context, recorded
from everloop.actions.publish import champion_route, newest_number, next_table, publish_newest
from everloop.bundles.writer import write_bundle
from everloop.datasets.versions import version_of
from everloop.errors import Conflict
from everloop.records.bundle import BundleManifest
from everloop.records.dataset import DatasetVersion
from everloop.records.endpoint import Endpoint
from everloop.records.model_version import ModelVersion
from everloop.records.names import checked_name
from everloop.records.signature import Label, Signature
from everloop.records.target import TargetRule
from everloop.registry.champions import moved_in, open_endpoint
from everloop.registry.versions import known_version, register
from everloop.stores.metadata import Transaction

Kind = Literal["classification", "regression"]


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchRequest:
    """The endpoint's name, and a dataset with the inputs and the target of the model that answers there.

    Without `task` the target's values say whether it is a classification. `classes` are those that the dataset lacks.
    `features` and `exclude` name columns; without them every usable one is an input.
    """

    endpoint: str
    dataset: str
    target: TargetRule
    dataset_version: int | None = None  # the newest
    task: Kind | None = None
    features: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    classes: tuple[Label, ...] = ()
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Watching:
    """The endpoint as it is now: the version stands for the model that answers elsewhere."""

    endpoint: str
    model: str
    version: int
    signature: Signature
    route_table: int
    changed: bool = True  # False: it was so already


def watch_endpoint(context: Context, request: WatchRequest) -> Watching:
    """Declare it. Declaring the same again changes nothing; another dataset or target takes the place of the last.

    Raises NotFound for an unknown dataset, RecipeRefused or TrainingFailed for a target that cannot be one, Conflict
    where a model of ours answers.
    """
    from everloop.datasets.content import read  # both want pyarrow, which other operations need not wait for
    from everloop.training.outside_signature import outside_signature

    checked_name(request.endpoint, "endpoint")
    with context.metadata.transaction() as transaction:
        data = version_of(transaction, request.dataset, request.dataset_version)
    signature = outside_signature(
        read(context.tables, data),
        request.target,
        task=request.task,
        features=request.features,
        exclude=request.exclude,
        classes=request.classes,
    )
    manifest = BundleManifest(runtime="elsewhere", signature=signature, files=(), recipe="", data=data.digest)
    bundle = write_bundle(context.layout.bundles, manifest, {})
    version = _version(context, request, data, signature, bundle)
    watching = recorded(context, "watch", request, Watching, lambda t: _declare(context, request, version, t))
    publish_newest(context.layout, context.metadata)
    return watching


def _version(
    context: Context, request: WatchRequest, data: DatasetVersion, signature: Signature, bundle: str
) -> ModelVersion:
    return ModelVersion(
        model=request.endpoint,
        number=0,
        bundle=bundle,
        run="",
        recipe="",
        dataset=data.dataset,
        dataset_version=data.number,
        data_digest=data.digest,
        code_version="",
        environment={},
        signature=signature,
        target=request.target,
        created_at=context.clock.now(),
        by=context.actor,
        served_elsewhere=True,
    )


def _declare(
    context: Context, request: WatchRequest, version: ModelVersion, transaction: Transaction
) -> Change[Watching]:
    before = transaction.get(Endpoint, request.endpoint)
    subject = f"endpoint:{request.endpoint}"
    if before is None:
        made = register(transaction, version)
        endpoint = open_endpoint(request.endpoint, made, context.clock.now())
        transaction.add(endpoint)
    else:
        champion = known_version(transaction, before.champion.model, before.champion.number)
        _require_elsewhere(before, champion)
        if (champion.bundle, champion.target) == (version.bundle, version.target):
            same = _answer(champion, request, newest_number(transaction), changed=False)
            return Change(result=same, subject=subject, happened=False)
        made = register(transaction, version)
        endpoint = moved_in(before, made)
        transaction.replace(endpoint)
    table = next_table(transaction, champion_route(endpoint, made), context.clock.now())
    return Change(
        result=_answer(made, request, table.number),
        subject=subject,
        before={"champion": str(before.champion)} if before else {},
        after={"champion": str(made), "route_table": table.number, "served": "elsewhere"},
        reason=request.reason or "its model is served elsewhere",
    )


def _require_elsewhere(endpoint: Endpoint, champion: ModelVersion) -> None:
    if not champion.served_elsewhere:
        raise Conflict(
            f"{champion} answers at {endpoint.name!r}, and it is served here.",
            remedy="Watch what is served elsewhere under a name of its own.",
        )


def _answer(version: ModelVersion, request: WatchRequest, table: int, *, changed: bool = True) -> Watching:
    return Watching(
        endpoint=request.endpoint,
        model=version.model,
        version=version.number,
        signature=version.signature,
        route_table=table,
        changed=changed,
    )
