"""Turn a loop by hand."""

from dataclasses import dataclass

from everloop.actions.context import Context
from everloop.actions.cycles import loop_named
from everloop.actions.loop_tick import begin_turn
from everloop.actions.step_cycle import Stepped
from everloop.actions.surroundings import Surroundings
from everloop.records.cycle import Cause


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnRequest:
    """Which loop, and why."""

    loop: str
    reason: str = ""


def turn_loop(context: Context, request: TurnRequest, surroundings: Surroundings) -> Stepped:
    """Open a cycle now, cooling down and pausing aside; whoever ticks takes it on.

    Raises NotFound for an unknown loop or endpoint, Conflict if a cycle is open there.
    """
    with context.metadata.transaction() as transaction:
        loop = loop_named(transaction, request.loop)
    news = surroundings.news(context, loop)
    detail = request.reason or f"turned by hand by {context.actor.name}"
    cause = Cause(kind="manual", at=context.clock.now(), detail=detail)
    return begin_turn(context, loop.name, (cause,), news)
