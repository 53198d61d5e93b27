"""Pause a loop, and let it go on."""

from dataclasses import dataclass, replace

from everloop.actions.context import Change, Context, recorded
from everloop.actions.cycles import keep_standing, loop_named, standing_of
from everloop.records.loop import LoopStanding
from everloop.stores.metadata import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class PauseRequest:
    """Which loop, and why."""

    loop: str
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ResumeRequest:
    """Which loop, and why."""

    loop: str
    reason: str = ""


def pause_loop(context: Context, request: PauseRequest) -> LoopStanding:
    """Let nothing turn by itself; a cycle that is open goes on. Raises NotFound."""
    why = request.reason or f"by {context.actor.name}"
    return recorded(context, "pause_loop", request, LoopStanding, lambda t: _set(t, request.loop, why))


def resume_loop(context: Context, request: ResumeRequest) -> LoopStanding:
    """Let it turn again, without cooling down any longer. Raises NotFound."""
    return recorded(context, "resume_loop", request, LoopStanding, lambda t: _set(t, request.loop, ""))


def _set(transaction: Transaction, name: str, paused: str) -> Change[LoopStanding]:
    loop = loop_named(transaction, name)
    before = standing_of(transaction, loop.name)
    after = replace(before, paused=paused, cool_until=before.cool_until if paused else None)
    if after != before:
        keep_standing(transaction, after)
    return Change(
        result=after,
        subject=f"endpoint:{loop.endpoint}",
        before={"paused": before.paused},
        after={"paused": after.paused},
        reason=paused,
        happened=after != before,
    )
