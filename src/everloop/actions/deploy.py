"""Put a version behind an endpoint: at once where it is the first, as a proposal where another answers."""

from dataclasses import dataclass, replace
from typing import Literal

from everloop.actions.context import Change, Context, recorded
from everloop.actions.open_proposal import on_its_way, open_proposal
from everloop.actions.publish import champion_route, newest_number, next_table, publish_newest
from everloop.actions.served_elsewhere import is_served_elsewhere, require_served_here
from everloop.bundles.door import open_bundle
from everloop.errors import Conflict
from everloop.loop.next_action import ended
from everloop.records.endpoint import Endpoint, VersionRef
from everloop.records.model_version import ModelVersion
from everloop.records.names import checked_name
from everloop.registry.champions import expect_champion, moved_in, open_endpoint, reference, succeed
from everloop.registry.versions import known_version
from everloop.stores.metadata import Transaction

State = Literal["champion", "proposed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class DeployRequest:
    """Which version, and where.

    `override`, a reason, puts it in the champion's place without gates. `expected`, a version such as churn@1, is
    the champion that must still answer: of two people who saw the same one, one wins.
    """

    endpoint: str
    model: str
    version: int
    override: str = ""
    expected: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployed:
    """What became of it: `champion` answers now, `proposed` waits for gates and rollout."""

    endpoint: str
    model: str
    version: int
    state: State
    route_table: int  # the table that workers must have reached for it to be true
    changed: bool = True  # False: it was so already, and nothing was done or recorded


def deploy(context: Context, request: DeployRequest) -> Deployed:
    """Deploy a version.

    Raises NotFound for an unknown version, BundleRefused for a damaged one, Conflict if `expected` lost, and where
    another candidate is on its way.
    """
    checked_name(request.endpoint, "endpoint")
    with context.metadata.transaction() as transaction:
        bundle = known_version(transaction, request.model, request.version).bundle
    open_bundle(
        context.layout.bundles, bundle
    )  # before the transaction: it reads and hashes the whole bundle
    deployed = recorded(context, "deploy", request, Deployed, lambda t: _deploy(context, request, t))
    publish_newest(context.layout, context.metadata)
    return deployed


def _deploy(context: Context, request: DeployRequest, transaction: Transaction) -> Change[Deployed]:
    version = known_version(transaction, request.model, request.version)
    endpoint = transaction.get(Endpoint, request.endpoint)
    if endpoint is None:
        if request.expected:
            raise Conflict(f"Nothing answers at {request.endpoint!r}, not {request.expected}.")
        return _first(context, request, transaction, version)
    expect_champion(endpoint, request.expected)
    if endpoint.champion == reference(version):
        table = newest_number(transaction)
        result = replace(_answer(request, "champion", table), changed=False)
        return Change(result=result, subject=_subject(request), happened=False)
    if request.override:
        return _overridden(context, request, transaction, endpoint, version)
    require_served_here(transaction, endpoint, "deployed")
    return _proposed(context, request, transaction, endpoint, reference(version))


def _first(
    context: Context, request: DeployRequest, transaction: Transaction, version: ModelVersion
) -> Change[Deployed]:
    endpoint = open_endpoint(request.endpoint, version, context.clock.now())
    transaction.add(endpoint)
    table = next_table(transaction, champion_route(endpoint, version), context.clock.now())
    return Change(
        result=_answer(request, "champion", table.number),
        subject=_subject(request),
        after={"champion": str(version), "route_table": table.number},
        evidence={"gates": "none: the endpoint was empty"},
        reason="first version of the endpoint, ungated",
    )


def _overridden(
    context: Context,
    request: DeployRequest,
    transaction: Transaction,
    endpoint: Endpoint,
    version: ModelVersion,
) -> Change[Deployed]:
    now = context.clock.now()
    from_elsewhere = is_served_elsewhere(transaction, endpoint)
    changed = moved_in(endpoint, version) if from_elsewhere else succeed(endpoint, version)
    transaction.replace(changed)
    table = next_table(transaction, champion_route(changed, version), now)
    after: dict[str, object] = {"champion": str(version), "route_table": table.number}
    cycle = on_its_way(transaction, endpoint.name)
    if cycle is not None:  # its candidate has lost its traffic with this route
        reason = f"{version} was put in the champion's place: {request.override}"
        transaction.replace(ended(cycle, "cancelled", reason, now).cycle)
        after["cancelled"] = cycle.id
    return Change(
        result=_answer(request, "champion", table.number),
        subject=_subject(request),
        before={"champion": str(endpoint.champion)},
        after=after,
        evidence={"gates": "none: overridden"},
        reason=request.override,
    )


def _proposed(
    context: Context,
    request: DeployRequest,
    transaction: Transaction,
    endpoint: Endpoint,
    candidate: VersionRef,
) -> Change[Deployed]:
    answer = _answer(request, "proposed", newest_number(transaction))
    there = on_its_way(transaction, endpoint.name)
    if there is not None and there.candidate == candidate:
        return Change(result=replace(answer, changed=False), subject=_subject(request), happened=False)
    cycle = open_proposal(context, transaction, endpoint, candidate, "").cycle
    return Change(
        result=answer,
        subject=_subject(request),
        after={"champion": str(endpoint.champion), "candidate": str(candidate), "cycle": cycle.id},
        reason=f"{endpoint.champion} answers; {candidate} goes to its gates and its rollout",
    )


def _answer(request: DeployRequest, state: State, table: int) -> Deployed:
    return Deployed(
        endpoint=request.endpoint,
        model=request.model,
        version=request.version,
        state=state,
        route_table=table,
    )


def _subject(request: DeployRequest) -> str:
    return f"endpoint:{request.endpoint}"
