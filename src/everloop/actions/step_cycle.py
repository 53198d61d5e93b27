"""Move a cycle by one step: its row, who answers, the route table and the event, in one transaction."""

from dataclasses import dataclass

import msgspec

from everloop.actions.context import OURS, Change, Context, recorded
from everloop.actions.cycles import cool_down
from everloop.actions.publish import champion_route, newest_number, next_table, publish_newest
from everloop.errors import Conflict, NotFound
from everloop.evaluation.anchor import beats_anchor
from everloop.loop.decision import Move
from everloop.loop.rolling import quality_of
from everloop.records.cycle import Cycle
from everloop.records.endpoint import Endpoint
from everloop.records.routes import Route
from everloop.records.verdict import Verdict
from everloop.registry.champions import known_endpoint, promoted
from everloop.registry.versions import known_version
from everloop.rollouts.route import rollout_route
from everloop.stores.metadata import Transaction

BY_HAND = ("manual", "proposal")  # causes


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """Which step of which cycle is taken."""

    cycle: str
    step: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Stepped:
    """Where the cycle is now, and the newest route table."""

    cycle: str
    state: str
    route_table: int


def step_key(cycle: Cycle) -> str:
    """The key under which the present step of a cycle takes effect once."""
    return f"{OURS}cycle-{cycle.id}/{cycle.step}"


def step_cycle(context: Context, before: Cycle, move: Move) -> Stepped:
    """Take the step; raises Conflict if the cycle, or the champion, has moved since it was looked at."""
    stepped = take_step(context, before, move)
    publish_newest(context.layout, context.metadata)
    return stepped


def take_step(context: Context, before: Cycle, move: Move) -> Stepped:
    """The transaction of `step_cycle`; the caller publishes the route table."""
    request = Step(cycle=before.id, step=before.step)
    return recorded(context, move.action, request, Stepped, lambda t: move_cycle(context, t, before, move))


def move_cycle(context: Context, transaction: Transaction, before: Cycle, move: Move) -> Change[Stepped]:
    """What a move changes, inside the caller's transaction; raises Conflict as `step_cycle` does."""
    if transaction.get(Cycle, before.endpoint, before.number) != before:  # another step, or an approval
        raise Conflict(f"Cycle {before.id} has moved meanwhile.")
    transaction.replace(move.cycle)
    endpoint = known_endpoint(transaction, before.endpoint)
    table = _redirect(context, transaction, endpoint, move)
    _cool_down(context, transaction, before, move.cycle)
    stepped = Stepped(cycle=before.id, state=move.cycle.state, route_table=table)
    return Change(
        result=stepped,
        subject=f"endpoint:{before.endpoint}",
        before={"cycle": before.id, "state": before.state, "champion": str(endpoint.champion)},
        after=_after(transaction, move, table),
        evidence=evidence_of(move.cycle, before),
        reason=move.why,
    )


def _redirect(context: Context, transaction: Transaction, endpoint: Endpoint, move: Move) -> int:
    """Give traffic as the move says; answers the newest route table's number."""
    if move.traffic == "stays":
        return newest_number(transaction)
    cycle = move.cycle
    if endpoint.champion != cycle.champion:
        raise Conflict(f"{endpoint.champion} answers at {endpoint.name!r} now, no longer {cycle.champion}.")
    champion = known_version(transaction, endpoint.champion.model, endpoint.champion.number)
    route = champion_route(endpoint, champion)
    if move.traffic != "back":
        if cycle.candidate is None:
            raise NotFound(f"Cycle {cycle.id} has no candidate.")
        candidate = known_version(transaction, cycle.candidate.model, cycle.candidate.number)
        if move.traffic == "promote":
            changed = promoted(endpoint, candidate, better=_is_better(cycle))
            transaction.replace(changed)
            route = champion_route(changed, candidate)
        else:
            share = cycle.policy.rollout.steps[cycle.stage]
            route = rollout_route(endpoint, champion, candidate, share=share, rollout=cycle.id)
    return _table(context, transaction, route)


def _table(context: Context, transaction: Transaction, route: Route) -> int:
    return next_table(transaction, route, context.clock.now()).number


def _is_better(cycle: Cycle) -> bool:
    """Whether it was shown better than champion and anchor, not only no worse: then later ones are held to it."""
    quality = quality_of(cycle.watched)
    shown = quality is not None and quality.low is not None and quality.low > 0
    return shown and cycle.candidate is not None and beats_anchor(cycle.judged, cycle.candidate)


def _cool_down(context: Context, transaction: Transaction, before: Cycle, after: Cycle) -> None:
    """After a refusal, a rollback or a failure of what turned by itself; what a person asked for holds nothing up."""
    if not after.loop or after.ending not in ("refused", "rolled_back", "failed") or before.ending:
        return
    if not all(cause.kind in BY_HAND for cause in after.causes):
        cool_down(context, transaction, after.loop, after.policy.cool_down)


def _after(transaction: Transaction, move: Move, table: int) -> dict[str, object]:
    cycle = move.cycle
    after: dict[str, object] = {"cycle": cycle.id, "state": cycle.state, "route_table": table}
    after["champion"] = str(known_endpoint(transaction, cycle.endpoint).champion)
    if cycle.candidate is not None:
        after["candidate"] = str(cycle.candidate)
    if cycle.state == "rolling":
        after["share"] = cycle.policy.rollout.steps[cycle.stage]
    if cycle.ending:
        after["ending"] = cycle.ending
    return after


def evidence_of(cycle: Cycle, before: Cycle) -> dict[str, object]:
    """The verdicts that the step rests on: those of the gates that are new, and those of the rollout."""
    evidence: dict[str, object] = {}
    if cycle.judged != before.judged:
        evidence["gates"] = {str(j.candidate): _plain(j.verdicts) for j in cycle.judged}
    if cycle.watched != before.watched:
        evidence["rollout"] = _plain(cycle.watched)
    return evidence


def _plain(verdicts: tuple[Verdict, ...]) -> object:
    return msgspec.to_builtins(verdicts)
