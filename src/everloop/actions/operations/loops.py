"""What is done to loops, and asked of them."""

from everloop.actions.context import Context
from everloop.actions.declare_loop import Declared, DeclareLoopRequest, declare_loop
from everloop.actions.operation import Operation
from everloop.actions.pause_loop import PauseRequest, ResumeRequest, pause_loop, resume_loop
from everloop.actions.queries import loops, next_step, why
from everloop.actions.step_cycle import Stepped
from everloop.actions.surroundings import Surroundings
from everloop.actions.turn_loop import TurnRequest, turn_loop
from everloop.records.loop import LoopStanding


def _real() -> Surroundings:
    """Imported when it is asked for: it brings in all that a cycle does."""
    from everloop.actions.ledger_surroundings import LedgerSurroundings

    return LedgerSurroundings()


def _turn(context: Context, request: TurnRequest) -> Stepped:
    return turn_loop(context, request, _real())


def _next(context: Context, query: next_step.NextQuery) -> next_step.Next:
    return next_step.next_step(context, query, _real())


def _why(context: Context, query: why.WhyQuery) -> why.Why:
    return why.why(context, query, _real())


DECLARE_LOOP = Operation(
    name="declare_loop",
    method="POST",
    path="/loops/{loop}",
    request=DeclareLoopRequest,
    response=Declared,
    run=declare_loop,
    summary="Declare a loop; declaring the same again changes nothing.",
)
TURN_LOOP = Operation(
    name="turn_loop",
    method="POST",
    path="/loops/{loop}/turn",
    request=TurnRequest,
    response=Stepped,
    run=_turn,
    summary="Open a cycle by hand.",
)
PAUSE_LOOP = Operation(
    name="pause_loop",
    method="POST",
    path="/loops/{loop}/pause",
    request=PauseRequest,
    response=LoopStanding,
    run=pause_loop,
    summary="Let nothing turn by itself; an open cycle goes on.",
)
RESUME_LOOP = Operation(
    name="resume_loop",
    method="POST",
    path="/loops/{loop}/resume",
    request=ResumeRequest,
    response=LoopStanding,
    run=resume_loop,
    summary="Let a paused loop turn again, without cooling down any longer.",
)
LOOPS = Operation(
    name="loops",
    method="GET",
    path="/loops",
    request=loops.LoopsQuery,
    response=tuple[loops.LoopStatus, ...],
    run=loops.list_loops,
    summary="Every loop at a glance.",
)
LOOP = Operation(
    name="loop",
    method="GET",
    path="/loops/{loop}",
    request=loops.LoopQuery,
    response=loops.DeclaredLoop,
    run=loops.show_loop,
    summary="One loop: as declared, where it stands, its open cycle.",
)
NEXT = Operation(
    name="next",
    method="GET",
    path="/endpoints/{endpoint}/next",
    request=next_step.NextQuery,
    response=next_step.Next,
    run=_next,
    summary="What would happen now, and what is waited for.",
)
WHY = Operation(
    name="why",
    method="GET",
    path="/endpoints/{endpoint}/why",
    request=why.WhyQuery,
    response=why.Why,
    run=_why,
    summary="Why something happened, or did not: the newest cycles in sentences.",
)

ACTIONS = (DECLARE_LOOP, TURN_LOOP, PAUSE_LOOP, RESUME_LOOP)
QUERIES = (LOOPS, LOOP, NEXT, WHY)
