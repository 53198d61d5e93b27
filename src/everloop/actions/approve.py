"""Approve or reject what waits at an endpoint."""

from dataclasses import dataclass, replace
from datetime import datetime

from everloop.actions.context import Change, Context, recorded
from everloop.actions.cycles import known_open_cycle
from everloop.actions.publish import newest_number, publish_newest
from everloop.actions.served_elsewhere import require_served_here
from everloop.actions.step_cycle import Stepped, move_cycle
from everloop.errors import Conflict
from everloop.events import log as events
from everloop.loop.next_action import ended
from everloop.records.actor import Actor
from everloop.records.cycle import Cycle, Ending
from everloop.registry.champions import known_endpoint
from everloop.stores.metadata import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class ApproveRequest:
    """Where, and why. `candidate`, a version such as churn@4, is the one that must wait there."""

    endpoint: str
    candidate: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RejectRequest:
    """Where, and why. `candidate`, a version such as churn@4, is the one that must be there."""

    endpoint: str
    candidate: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Approved:
    """The approved cycle, by whom it was and when, and the newest route table."""

    cycle: str
    state: str
    route_table: int
    by: str
    at: datetime
    changed: bool = True  # False: it was approved already, and nothing was done or recorded


def approve(context: Context, request: ApproveRequest) -> Approved:
    """Let the candidate into its rollout, now or as soon as its gates have passed.

    What is approved already stays so. Raises Conflict where no cycle is open, or another candidate waits.
    """
    return recorded(context, "approve", request, Approved, lambda t: _approve(context, request, t))


def reject(context: Context, request: RejectRequest) -> Stepped:
    """End the open cycle: its candidate loses what traffic it has.

    Raises Conflict where no cycle is open, or another candidate is there.
    """
    answer = recorded(context, "reject", request, Stepped, lambda t: _reject(context, request, t))
    publish_newest(context.layout, context.metadata)
    return answer


def _approve(context: Context, request: ApproveRequest, transaction: Transaction) -> Change[Approved]:
    cycle = known_open_cycle(transaction, request.endpoint)
    _expect(cycle, request.candidate)
    subject = f"endpoint:{cycle.endpoint}"
    if cycle.approved is not None and not cycle.ending:
        at = _approved_at(transaction, cycle)
        answer = _approval(transaction, cycle, cycle.approved, at, changed=False)
        return Change(result=answer, subject=subject, happened=False)
    if cycle.state not in ("pinning", "fitting", "judging", "waiting"):
        raise Conflict(f"Cycle {cycle.id} waits for nobody: {cycle.state}.")
    require_served_here(transaction, known_endpoint(transaction, cycle.endpoint), "approved")
    transaction.replace(replace(cycle, approved=context.actor))
    return Change(
        result=_approval(transaction, cycle, context.actor, context.clock.now()),
        subject=subject,
        after={"cycle": cycle.id, "candidate": str(cycle.candidate or ""), "approved": str(context.actor)},
        reason=request.reason,
    )


def _approved_at(transaction: Transaction, cycle: Cycle) -> datetime:
    """When it was approved; a proposal is by whoever opens it."""
    told = events.history(transaction, subject=f"endpoint:{cycle.endpoint}", action="approve")
    return next((e.at for e in reversed(told) if e.after.get("cycle") == cycle.id), cycle.opened_at)


def _approval(
    transaction: Transaction, cycle: Cycle, by: Actor, at: datetime, *, changed: bool = True
) -> Approved:
    return Approved(
        cycle=cycle.id,
        state=cycle.state,
        route_table=newest_number(transaction),
        by=by.name,
        at=at,
        changed=changed,
    )


def _reject(context: Context, request: RejectRequest, transaction: Transaction) -> Change[Stepped]:
    cycle = known_open_cycle(transaction, request.endpoint)
    _expect(cycle, request.candidate)
    if cycle.ending:
        raise Conflict(f"Cycle {cycle.id} has ended already: {cycle.ending}.")
    reason = f"rejected by {context.actor.name}" + (f": {request.reason}" if request.reason else "")
    ending: Ending = "rolled_back" if cycle.state == "rolling" else "refused"
    move = ended(cycle, ending, reason, context.clock.now())
    return replace(move_cycle(context, transaction, cycle, move), reason=reason)


def _expect(cycle: Cycle, candidate: str) -> None:
    if candidate and candidate != str(cycle.candidate):
        raise Conflict(f"{cycle.candidate or 'No candidate'} is at {cycle.endpoint!r}, not {candidate}.")
