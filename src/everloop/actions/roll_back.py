"""Give an endpoint back to the version that answered before."""

from dataclasses import dataclass, replace

from everloop.actions.context import Change, Context, recorded
from everloop.actions.cycles import cool_down, loop_of_endpoint, open_cycle_of
from everloop.actions.publish import champion_route, next_table, publish_newest
from everloop.actions.step_cycle import move_cycle
from everloop.bundles.door import open_bundle
from everloop.errors import Conflict
from everloop.loop.next_action import ended
from everloop.records.cycle import Cycle
from everloop.records.endpoint import Endpoint
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
    """Who answered, who answers now, the route table that says so, and the cycle that this ends.

    Where the cycle's candidate was in its rollout, that candidate is `before`: the champion is who it was.
    """

    endpoint: str
    before: str
    champion: str
    route_table: int
    cycle: str = ""  # that ends by this; empty: none does
    state: str = ""  # of it until now
    candidate: str = ""  # of it, if it has one yet

    def lines(self) -> list[str]:
        """For people: what was done, then what became of a cycle that was open."""
        if self.state == "rolling":
            rollout = f"The rollout of {self.candidate} (cycle {self.cycle}) is ended"
            return [f"{rollout}; {self.champion} goes on answering."]
        told = [f"{self.champion} answers at {self.endpoint} again, instead of {self.before}."]
        if self.cycle:
            was = ", ".join(filter(None, (self.candidate, self.state)))
            told.append(f"Cycle {self.cycle} ({was}) is cancelled.")
        return told


def roll_back(context: Context, request: RollBackRequest) -> RolledBack:
    """Roll back: a candidate that is on its way into the traffic, or else the champion.

    Raises NotFound for an unknown endpoint, Conflict where nothing answered before, BundleRefused where what did is
    damaged: workers would not let it in.
    """
    with context.metadata.transaction() as transaction:
        endpoint = known_endpoint(transaction, request.endpoint)
        cycle = _undecided(transaction, endpoint.name)
        back = () if cycle is not None and cycle.state == "rolling" else endpoint.history[-1:]
        before = [known_version(transaction, v.model, v.number).bundle for v in back]
    for bundle in before:
        open_bundle(context.layout.bundles, bundle)
    answer = recorded(context, "roll_back", request, RolledBack, lambda t: _roll_back(context, request, t))
    publish_newest(context.layout, context.metadata)
    return answer


def _roll_back(context: Context, request: RollBackRequest, transaction: Transaction) -> Change[RolledBack]:
    endpoint = known_endpoint(transaction, request.endpoint)
    expect_champion(endpoint, request.expected)
    cycle = _undecided(transaction, endpoint.name)
    if cycle is not None and cycle.state == "rolling":
        return _candidate_back(context, request, transaction, cycle)
    _require_history(endpoint, cycle)
    changed, champion = go_back(endpoint)
    version = known_version(transaction, champion.model, champion.number)
    changed = replace(changed, target=version.target)
    transaction.replace(changed)
    loop = loop_of_endpoint(transaction, endpoint.name)
    if loop is not None:  # what was just taken back would be learned again from the same rows
        cool_down(context, transaction, loop.name, loop.policy.cool_down)
    table = next_table(transaction, champion_route(changed, version), context.clock.now())
    return Change(  # the next tick cancels the cycle: another champion answers than the one it began with
        result=RolledBack(
            endpoint=endpoint.name,
            before=str(endpoint.champion),
            champion=str(champion),
            route_table=table.number,
            cycle=cycle.id if cycle else "",
            state=cycle.state if cycle else "",
            candidate=str(cycle.candidate or "") if cycle else "",
        ),
        subject=f"endpoint:{endpoint.name}",
        before={"champion": str(endpoint.champion)},
        after={"champion": str(champion), "route_table": table.number},
        reason=request.reason,
    )


def _undecided(transaction: Transaction, endpoint: str) -> Cycle | None:
    """The open cycle, unless all that it lacks is its report."""
    cycle = open_cycle_of(transaction, endpoint)
    return cycle if cycle is not None and not cycle.ending else None


def _require_history(endpoint: Endpoint, cycle: Cycle | None) -> None:
    """Raises Conflict where nothing answered before but a cycle is open, which may be what was meant."""
    if cycle is not None and not endpoint.history:
        raise Conflict(
            f"{endpoint.champion} is the first version at {endpoint.name!r}: there is none to go back to. "
            f"Cycle {cycle.id} goes on: it is {cycle.state}.",
            remedy=f"End it with `everloop reject {endpoint.name}`.",
        )


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
        cycle=cycle.id,
        state=cycle.state,
        candidate=str(cycle.candidate),
    )
    return Change(
        result=result, subject=moved.subject, before=moved.before, after=moved.after, reason=request.reason
    )
