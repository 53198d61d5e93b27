"""Loops: what is declared, and where each stands."""

from dataclasses import dataclass, replace

from everloop.actions.context import Context
from everloop.actions.cycles import loop_named, loop_of_endpoint, open_cycle_of, standing_of
from everloop.loop.kept import kept_by
from everloop.loop.story import newest_verdicts, share_of
from everloop.records.alert import Alert
from everloop.records.cycle import Cycle
from everloop.records.endpoint import Endpoint
from everloop.records.loop import LoopRecord, LoopStanding
from everloop.records.verdict import Verdict
from everloop.stores.metadata import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class LoopsQuery:
    """Every loop, and every endpoint at which a candidate is on its way."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LoopQuery:
    """One loop, by its own name or its endpoint's."""

    loop: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LoopStatus:
    """A loop at a glance."""

    loop: str  # empty: an endpoint without a loop, where a person proposed a version
    endpoint: str
    mode: str
    state: str  # of its open cycle; or `watching`, `paused`, `cooling down`, `no endpoint yet`
    why: str  # it is paused
    cycle: str  # the open one
    candidate: str
    share: float  # of the traffic, the candidate's
    verdicts: tuple[Verdict, ...]  # the newest of the open cycle
    alerts: int  # that are open
    kept: tuple[str, ...] = ()  # fields of the policy that the open cycle goes on with as they were before


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclaredLoop:
    """A loop as it was declared, where it stands, and its open cycle."""

    declared: LoopRecord
    standing: LoopStanding
    cycle: Cycle | None


def list_loops(context: Context, query: LoopsQuery) -> tuple[LoopStatus, ...]:
    """Loops by name, then endpoints without one at which a cycle is open."""
    with context.metadata.transaction() as transaction:
        loops = transaction.find(LoopRecord)
        endpoints = [e.name for e in transaction.find(Endpoint)]
        found = [_of_loop(context, transaction, loop, loop.endpoint in endpoints) for loop in loops]
        for name in endpoints:
            cycle = open_cycle_of(transaction, name)
            if cycle is not None and loop_of_endpoint(transaction, name) is None:
                found.append(_status(transaction, "", cycle.policy.mode, name, cycle, cycle.state))
    return tuple(found)


def show_loop(context: Context, query: LoopQuery) -> DeclaredLoop:
    """One loop; raises NotFound."""
    with context.metadata.transaction() as transaction:
        loop = loop_named(transaction, query.loop)
        return DeclaredLoop(
            declared=loop,
            standing=standing_of(transaction, loop.name),
            cycle=open_cycle_of(transaction, loop.endpoint),
        )


def _of_loop(context: Context, transaction: Transaction, loop: LoopRecord, answers: bool) -> LoopStatus:
    standing = standing_of(transaction, loop.name)
    cycle = open_cycle_of(transaction, loop.endpoint)
    cooling = standing.cool_until is not None and context.clock.now() < standing.cool_until
    if cycle is not None:
        state: str = cycle.state
    elif not answers:
        state = "no endpoint yet"
    else:
        state = "paused" if standing.paused else "cooling down" if cooling else "watching"
    found = _status(transaction, loop.name, loop.policy.mode, loop.endpoint, cycle, state, standing.paused)
    return replace(found, kept=kept_by(cycle, loop.policy))


def _status(
    transaction: Transaction,
    loop: str,
    mode: str,
    endpoint: str,
    cycle: Cycle | None,
    state: str,
    paused: str = "",
) -> LoopStatus:
    return LoopStatus(
        loop=loop,
        endpoint=endpoint,
        mode=mode,
        state=state,
        why=paused,
        cycle=cycle.id if cycle else "",
        candidate=str(cycle.candidate) if cycle and cycle.candidate else "",
        share=share_of(cycle) if cycle else 0.0,
        verdicts=newest_verdicts(cycle) if cycle else (),
        alerts=len(transaction.find(Alert, endpoint=endpoint, state="open")),
    )
