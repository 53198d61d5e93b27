"""A cycle for a candidate that a person brings."""

from dataclasses import dataclass

from everloop.actions.context import Context
from everloop.actions.cycles import loop_of_endpoint, next_number, open_cycle_of
from everloop.actions.served_elsewhere import policy_at
from everloop.actions.step_cycle import move_cycle
from everloop.errors import Conflict
from everloop.loop.next_action import ended
from everloop.records.cycle import Cause, Cycle, Ending
from everloop.records.endpoint import Endpoint, VersionRef
from everloop.records.loop import GateRule, LoopPolicy
from everloop.stores.metadata import Transaction

UNDECLARED = LoopPolicy(
    mode="act", gates=(GateRule(kind="no_worse", margin=0.01),)
)  # without a loop: a person proposes


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """The cycle of a candidate. `replaced` is the one in whose place it was opened."""

    cycle: Cycle
    replaced: Cycle | None = None


def on_its_way(transaction: Transaction, endpoint: str) -> Cycle | None:
    """The endpoint's cycle that is not decided yet."""
    cycle = open_cycle_of(transaction, endpoint)
    return None if cycle is None or cycle.ending else cycle


def open_proposal(
    context: Context,
    transaction: Transaction,
    endpoint: Endpoint,
    candidate: VersionRef,
    reason: str,
    *,
    replaces: bool = False,
) -> Proposal:
    """A new cycle that goes straight to the gates, and is approved by whoever brought the candidate.

    Where another is on its way it raises Conflict; with `replaces` it ends that one, and takes what traffic it has.
    A decided cycle whose report is still to be written goes on beside it.
    """
    there = on_its_way(transaction, endpoint.name)
    if there is not None and not replaces:
        raise _taken(there, candidate)
    if there is not None:
        _end(context, transaction, there, candidate)
    loop = loop_of_endpoint(transaction, endpoint.name)
    now = context.clock.now()
    detail = reason or f"{candidate} was proposed by {context.actor.name}"
    cycle = Cycle(
        endpoint=endpoint.name,
        number=next_number(transaction, endpoint.name),
        loop=loop.name if loop else "",
        state="judging",
        step=1,
        policy=policy_at(transaction, endpoint, loop.policy if loop else UNDECLARED),
        causes=(Cause(kind="proposal", at=now, detail=detail),),
        by=context.actor,
        opened_at=now,
        moved_at=now,
        champion=endpoint.champion,
        anchor=endpoint.anchor,
        approved=context.actor,
        candidates=(candidate,),
        candidate=candidate,
    )
    transaction.add(cycle)
    return Proposal(cycle=cycle, replaced=there)


def _taken(there: Cycle, candidate: VersionRef) -> Conflict:
    who = f"{there.candidate} is" if there.candidate else "The loop's own candidates are"
    return Conflict(
        f"{who} on the way at {there.endpoint!r} already: cycle {there.id} is {there.state}.",
        remedy=f"Send that back first, `everloop reject {there.endpoint}`, or put yours in its place, "
        f"`everloop propose {candidate} {there.endpoint} --replace`.",
    )


def _end(context: Context, transaction: Transaction, there: Cycle, candidate: VersionRef) -> None:
    reason = f"{candidate} was proposed in its place by {context.actor.name}"
    ending: Ending = "rolled_back" if there.state == "rolling" else "cancelled"
    move_cycle(context, transaction, there, ended(there, ending, reason, context.clock.now()))
