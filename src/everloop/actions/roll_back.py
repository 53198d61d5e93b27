"""Give an endpoint back to the version that answered before."""

from dataclasses import dataclass, replace

from everloop.actions.context import Change, Context, recorded
from everloop.actions.cycles import cool_down, loop_of_endpoint, open_cycle_of
from everloop.actions.publish import champion_route, next_table, publish_newest
from everloop.actions.step_cycle import move_cycle
from everloop.bundles.door import open_bundle
from everloop.loop.next_action import ended
from everloop.records.cycle import Cycle
from everloop.registry.champions import expect_champion, go_back, known_endpoint
from everloop.registry.versions import known_version
from everloop.stores.metadata import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class RollBackRequest:
    """Which endpoint, and why. `expected`, a version such as churn@2, is the champion that must still answer."""

    endpoint: str
    reason: str = ""
    expected: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RolledBack:
    """Who answered, who answers now, and the route table that says so."""

    endpoint: str
    before: str
    champion: str
    route_table: int


def roll_back(context: Context, request: RollBackRequest) -> RolledBack:
    """Roll back: a candidate that is on its way into the traffic, or else the champion.

    Raises NotFound for an unknown endpoint, Conflict where nothing answered before, BundleRefused where what did is
    damaged: workers would not let it in.
    """
    with context.metadata.transaction() as transaction:
        endpoint = known_endpoint(transaction, request.endpoint)
        back = () if _rolling(transaction, endpoint.name) else endpoint.history[-1:]
        before = [known_version(transaction, v.model, v.number).bundle for v in back]
    for bundle in before:
        open_bundle(context.layout.bundles, bundle)
    answer = recorded(context, "roll_back", request, RolledBack, lambda t: _roll_back(context, request, t))
    publish_newest(context.layout, context.metadata)
    return answer


def _roll_back(context: Context, request: RollBackRequest, transaction: Transaction) -> Change[RolledBack]:
    endpoint = known_endpoint(transaction, request.endpoint)
    expect_champion(endpoint, request.expected)
    rolling = _rolling(transaction, endpoint.name)
    if rolling is not None:
        return _candidate_back(context, request, transaction, rolling)
    changed, champion = go_back(endpoint)
    version = known_version(transaction, champion.model, champion.number)
    changed = replace(changed, target=version.target)
    transaction.replace(changed)
    loop = loop_of_endpoint(transaction, endpoint.name)
    if loop is not None:  # what was just taken back would be learned again from the same rows
        cool_down(context, transaction, loop.name, loop.policy.cool_down)
    table = next_table(transaction, champion_route(changed, version), context.clock.now())
    return Change(
        result=RolledBack(
            endpoint=endpoint.name,
            before=str(endpoint.champion),
            champion=str(champion),
            route_table=table.number,
        ),
        subject=f"endpoint:{endpoint.name}",
        before={"champion": str(endpoint.champion)},
        after={"champion": str(champion), "route_table": table.number},
        reason=request.reason,
    )


def _rolling(transaction: Transaction, endpoint: str) -> Cycle | None:
    cycle = open_cycle_of(transaction, endpoint)
    return cycle if cycle is not None and cycle.state == "rolling" else None


def _candidate_back(
    context: Context, request: RollBackRequest, transaction: Transaction, cycle: Cycle
) -> Change[RolledBack]:
    reason = f"rolled back by {context.actor.name}" + (f": {request.reason}" if request.reason else "")
    moved = move_cycle(context, transaction, cycle, ended(cycle, "rolled_back", reason, context.clock.now()))
    result = RolledBack(
        endpoint=cycle.endpoint,
        before=str(cycle.candidate),
        champion=str(cycle.champion),
        route_table=moved.result.route_table,
    )
    return Change(
        result=result, subject=moved.subject, before=moved.before, after=moved.after, reason=request.reason
    )
