"""Declare a loop: its recipes are kept, and from now on it turns as declared."""

import base64
from dataclasses import dataclass, replace

from everloop.actions.context import Change, Context, recorded
from everloop.actions.cycles import keep_standing, loop_of_endpoint, open_cycle_of, standing_of
from everloop.actions.start_run import decoded
from everloop.bundles.trusted import refuse_foreign
from everloop.errors import BundleRefused, Conflict, RecipeRefused
from everloop.loop.kept import kept_by
from everloop.records.codec import to_json
from everloop.records.loop import LoopPolicy, LoopRecord, RecipeRef, TriggerRule
from everloop.records.names import checked_name
from everloop.records.recipe import RecipeRecord
from everloop.stores.metadata import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclaredRecipe:
    """A frozen recipe by name, with its unfitted estimator (a skops file in base64)."""

    name: str
    recipe: RecipeRecord
    estimator: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclareLoopRequest:
    """A loop as it shall be from now on. Cycles that are open go on by the policy that they were opened with."""

    loop: str
    endpoint: str
    model: str
    dataset: str
    recipes: tuple[DeclaredRecipe, ...]
    policy: LoopPolicy
    triggers: tuple[TriggerRule, ...] = ()
    audit_share: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """The loop as it is now. `changed`: whether it was not so before."""

    loop: LoopRecord
    changed: bool
    cycle: str = ""  # the open one
    kept: tuple[str, ...] = ()  # the fields of the policy that it goes on with as they were


def declare_loop(context: Context, request: DeclareLoopRequest) -> Declared:
    """Keep the loop; declaring the same again changes nothing.

    Raises InvalidName, InvalidRequest for an unknown metric, RecipeRefused for an estimator that is not safe to load,
    Conflict where another loop has the endpoint.
    """
    for what in ("loop", "endpoint", "model", "dataset"):
        checked_name(getattr(request, what), what)
    if not request.recipes or any(
        r.recipe.target != request.recipes[0].recipe.target for r in request.recipes
    ):
        raise RecipeRefused("A loop has recipes, and all of them learn one and the same target.")
    _check_metrics(request.policy)
    record = _record(context, request)
    return recorded(context, "declare_loop", request, Declared, lambda t: _declare(t, record))


def _check_metrics(policy: LoopPolicy) -> None:
    from everloop.evidence.metrics import metric_named  # 0.1 s, which other actions need not take

    for metric in {policy.rollout.metric, *(gate.metric for gate in policy.gates)} - {""}:
        metric_named(metric)


def recipe_blobs(estimator: str) -> bytes:
    """The bytes of an estimator that came as base64; raises RecipeRefused for one that is not safe to load."""
    data = decoded(estimator)
    try:
        refuse_foreign(data)
    except BundleRefused as error:
        raise RecipeRefused(f"The estimator is not safe to load. {error.message}") from error
    return data


def encoded(estimator: bytes) -> str:
    """An estimator's bytes as they travel in a request."""
    return base64.b64encode(estimator).decode()


def _record(context: Context, request: DeclareLoopRequest) -> LoopRecord:
    return LoopRecord(
        name=request.loop,
        endpoint=request.endpoint,
        model=request.model,
        dataset=request.dataset,
        target=request.recipes[0].recipe.target,
        recipes=tuple(
            RecipeRef(
                name=each.name,
                recipe=context.blobs.write(to_json(each.recipe)),
                estimator=context.blobs.write(recipe_blobs(each.estimator)),
            )
            for each in request.recipes
        ),
        policy=request.policy,
        triggers=request.triggers,
        audit_share=request.audit_share,
        declared_at=context.clock.now(),
    )


def _declare(transaction: Transaction, record: LoopRecord) -> Change[Declared]:
    other = loop_of_endpoint(transaction, record.endpoint)
    if other is not None and other.name != record.name:
        raise Conflict(f"Loop {other.name!r} turns at endpoint {record.endpoint!r} already.")
    before = transaction.get(LoopRecord, record.name)
    subject = f"loop:{record.name}"
    if before is not None:
        if _same(before, record):
            return Change(
                result=_declared(transaction, before, changed=False), subject=subject, happened=False
            )
        record = replace(record, declared_at=before.declared_at)
        transaction.replace(record)
        if (before.endpoint, before.target) != (record.endpoint, record.target):  # other outcomes are counted
            keep_standing(transaction, replace(standing_of(transaction, record.name), outcomes_used=0))
    else:
        transaction.add(record)
    return Change(
        result=_declared(transaction, record, changed=True),
        subject=subject,
        before={"mode": before.policy.mode} if before else {},
        after={
            "endpoint": record.endpoint,
            "mode": record.policy.mode,
            "recipes": [recipe.name for recipe in record.recipes],
            "gates": [gate.kind for gate in record.policy.gates],
            "triggers": [trigger.kind for trigger in record.triggers],
        },
    )


def _declared(transaction: Transaction, loop: LoopRecord, *, changed: bool) -> Declared:
    cycle = open_cycle_of(transaction, loop.endpoint)
    kept = kept_by(cycle, loop.policy)
    return Declared(loop=loop, changed=changed, cycle=cycle.id if cycle else "", kept=kept)


def _same(before: LoopRecord, after: LoopRecord) -> bool:
    """Whether nothing differs but the time, and the estimators' files, which differ each time they are written."""
    recipes = tuple(replace(recipe, estimator="") for recipe in before.recipes)
    others = tuple(replace(recipe, estimator="") for recipe in after.recipes)
    return recipes == others and before == replace(
        after, recipes=before.recipes, declared_at=before.declared_at
    )
