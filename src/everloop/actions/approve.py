"""Approve or reject what waits at an endpoint."""

from dataclasses import dataclass, replace

from everloop.actions.context import Change, Context, recorded
from everloop.actions.cycles import known_open_cycle
from everloop.actions.publish import newest_number, publish_newest
from everloop.actions.step_cycle import Stepped, move_cycle
from everloop.errors import Conflict
from everloop.loop.next_action import ended
from everloop.records.cycle import Cycle, Ending
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


def approve(context: Context, request: ApproveRequest) -> Stepped:
    """Let the candidate into its rollout, now or as soon as its gates have passed.

    Raises Conflict where no cycle is open, or another candidate waits.
    """
    return recorded(context, "approve", request, Stepped, lambda t: _approve(context, request, t))


def reject(context: Context, request: RejectRequest) -> Stepped:
    """End the open cycle: its candidate loses what traffic it has.

    Raises Conflict where no cycle is open, or another candidate is there.
    """
    answer = recorded(context, "reject", request, Stepped, lambda t: _reject(context, request, t))
    publish_newest(context.layout, context.metadata)
    return answer


def _approve(context: Context, request: ApproveRequest, transaction: Transaction) -> Change[Stepped]:
    cycle = known_open_cycle(transaction, request.endpoint)
    _expect(cycle, request.candidate)
    if cycle.state not in ("pinning", "fitting", "judging", "waiting"):
        raise Conflict(f"Cycle {cycle.id} waits for nobody: {cycle.state}.")
    answer = Stepped(cycle=cycle.id, state=cycle.state, route_table=newest_number(transaction))
    subject = f"endpoint:{cycle.endpoint}"
    if cycle.approved is not None:
        return Change(result=answer, subject=subject, happened=False)
    transaction.replace(replace(cycle, approved=context.actor))
    return Change(
        result=answer,
        subject=subject,
        after={"cycle": cycle.id, "candidate": str(cycle.candidate or ""), "approved": str(context.actor)},
        reason=request.reason,
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
