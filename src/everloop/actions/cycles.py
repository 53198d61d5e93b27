"""Cycles in the metadata: found, opened, and moved by one step."""

from dataclasses import replace
from datetime import timedelta

from everloop.actions.context import Context
from everloop.actions.served_elsewhere import policy_at
from everloop.errors import Conflict, NotFound
from everloop.loop.opening import used
from everloop.loop.sight import News
from everloop.records.cycle import Cause, Cycle
from everloop.records.endpoint import Endpoint
from everloop.records.loop import LoopRecord, LoopStanding
from everloop.registry.champions import known_endpoint
from everloop.stores.metadata import Transaction


def open_cycle_of(transaction: Transaction, endpoint: str) -> Cycle | None:
    """The endpoint's open cycle: its newest, if that is not closed. No other is undecided."""
    newest = transaction.find(Cycle, endpoint=endpoint, newest=1)
    return newest[0] if newest and newest[0].state != "closed" else None


def cycles_to_step(transaction: Transaction, endpoint: str) -> tuple[Cycle, ...]:
    """All that are not closed: the open one, and those before it whose reports are still to be written."""
    reporting = transaction.find(Cycle, endpoint=endpoint, state="reporting")
    newest = open_cycle_of(transaction, endpoint)
    return (*reporting, *(() if newest is None or newest in reporting else (newest,)))


def known_open_cycle(transaction: Transaction, endpoint: str) -> Cycle:
    """The endpoint's open cycle; raises NotFound for an unknown endpoint, Conflict where no cycle is open."""
    known_endpoint(transaction, endpoint)
    cycle = open_cycle_of(transaction, endpoint)
    if cycle is None:
        raise Conflict(f"No cycle is open at {endpoint!r}.", remedy=f"See `everloop why {endpoint}`.")
    return cycle


def loop_named(transaction: Transaction, name: str) -> LoopRecord:
    """The loop of that name, or the one of that endpoint; raises NotFound."""
    loop = transaction.get(LoopRecord, name) or next(iter(transaction.find(LoopRecord, endpoint=name)), None)
    if loop is not None:
        return loop
    known = [each.name for each in transaction.find(LoopRecord)][:5]
    declare = "Declare one in loop.py: `loops = [el.Loop(...)]`."
    raise NotFound(
        f"There is no loop {name[:80]!r}.", remedy=f"Known: {', '.join(known)}." if known else declare
    )


def loop_of_endpoint(transaction: Transaction, endpoint: str) -> LoopRecord | None:
    """The loop that turns at `endpoint`, or None."""
    return next(iter(transaction.find(LoopRecord, endpoint=endpoint)), None)


def endpoint_meant(transaction: Transaction, name: str) -> str:
    """The endpoint of that name, or of the loop of that name; raises NotFound, which names some there are.

    A loop may be declared before anything answers at its endpoint.
    """
    loops = transaction.find(LoopRecord)
    endpoints = {e.name for e in transaction.find(Endpoint)} | {loop.endpoint for loop in loops}
    if name in endpoints:
        return name
    for loop in loops:
        if loop.name == name:
            return loop.endpoint
    known = ", ".join(sorted(endpoints)[:5])
    raise NotFound(
        f"There is no endpoint or loop {name[:80]!r}.",
        remedy=f"Known: {known}." if known else "Make one with `everloop deploy MODEL@1 NAME`.",
    )


def standing_of(transaction: Transaction, loop: str) -> LoopStanding:
    """Where the loop stands."""
    return transaction.get(LoopStanding, loop) or LoopStanding(name=loop)


def keep_standing(transaction: Transaction, standing: LoopStanding) -> None:
    """Put the standing in the place of the one there is."""
    if transaction.get(LoopStanding, standing.name) is None:
        transaction.add(standing)
    else:
        transaction.replace(standing)


def cool_down(context: Context, transaction: Transaction, loop: str, length: timedelta) -> None:
    """Let nothing turn by itself for so long."""
    standing = standing_of(transaction, loop)
    keep_standing(transaction, replace(standing, cool_until=context.clock.now() + length))


def loop_of_cycle(transaction: Transaction, cycle: Cycle) -> LoopRecord:
    """The cycle's loop, with the dataset and the model that it was opened with."""
    loop = loop_named(transaction, cycle.loop)
    return replace(loop, dataset=cycle.dataset or loop.dataset, model=cycle.model or loop.model)


def open_turn(
    context: Context,
    transaction: Transaction,
    loop: LoopRecord,
    endpoint: Endpoint,
    found: tuple[Cause, ...],
    news: News,
) -> Cycle:
    """A new cycle that begins with its data; what caused it has fired then. Raises Conflict if one is open."""
    _require_none_open(transaction, endpoint.name)
    now = context.clock.now()
    cycle = Cycle(
        endpoint=endpoint.name,
        number=next_number(transaction, endpoint.name),
        loop=loop.name,
        dataset=loop.dataset,
        model=loop.model,
        state="pinning",
        step=1,
        policy=policy_at(transaction, endpoint, loop.policy),
        causes=found,
        by=context.actor,
        opened_at=now,
        moved_at=now,
        champion=endpoint.champion,
        anchor=endpoint.anchor,
    )
    transaction.add(cycle)
    keep_standing(transaction, used(standing_of(transaction, loop.name), found, news, now))
    return cycle


def next_number(transaction: Transaction, endpoint: str) -> int:
    """The number of the endpoint's next cycle."""
    newest = transaction.find(Cycle, endpoint=endpoint, newest=1)
    return newest[0].number + 1 if newest else 1


def _require_none_open(transaction: Transaction, endpoint: str) -> None:
    cycle = open_cycle_of(transaction, endpoint)
    if cycle is not None and not cycle.ending:  # a report that is still to be written holds nothing up
        raise Conflict(
            f"Cycle {cycle.id} is open at {endpoint!r}: {cycle.state}.",
            remedy=f"See `everloop why {endpoint}`, or end it with `everloop reject {endpoint}`.",
        )
