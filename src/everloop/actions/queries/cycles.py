"""Cycles, and their reports."""

from dataclasses import dataclass

from everloop.actions.context import Context
from everloop.actions.cycles import endpoint_meant, open_cycle_of
from everloop.errors import NotFound
from everloop.records.codec import from_json
from everloop.records.cycle import Cycle
from everloop.records.report import CycleReport
from everloop.stores.metadata import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class CyclesQuery:
    """The newest cycles of an endpoint, by its own name or its loop's."""

    endpoint: str
    newest: int = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class CycleQuery:
    """One cycle."""

    endpoint: str
    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportQuery:
    """The report of one cycle; without a number, the newest that there is."""

    endpoint: str
    number: int | None = None


def list_cycles(context: Context, query: CyclesQuery) -> tuple[Cycle, ...]:
    """Cycles, the oldest first; raises NotFound for an unknown endpoint."""
    with context.metadata.transaction() as transaction:
        endpoint = endpoint_meant(transaction, query.endpoint)
        return tuple(transaction.find(Cycle, endpoint=endpoint, newest=max(1, query.newest)))


def show_cycle(context: Context, query: CycleQuery) -> Cycle:
    """One cycle with its causes, verdicts and ending; raises NotFound."""
    with context.metadata.transaction() as transaction:
        return _known(transaction, query.endpoint, query.number)


def show_report(context: Context, query: ReportQuery) -> CycleReport:
    """A report; raises NotFound where there is none, or none yet."""
    with context.metadata.transaction() as transaction:
        cycle = _reported(transaction, query)
    return from_json(CycleReport, context.blobs.read(cycle.report))


def _known(transaction: Transaction, name: str, number: int) -> Cycle:
    endpoint = endpoint_meant(transaction, name)
    cycle = transaction.get(Cycle, endpoint, number)
    if cycle is not None:
        return cycle
    newest = transaction.find(Cycle, endpoint=endpoint, newest=1)
    there = f"It has 1 to {newest[0].number}." if newest else "It has none yet."
    raise NotFound(f"There is no cycle {number} of {endpoint!r}.", remedy=there)


def _reported(transaction: Transaction, query: ReportQuery) -> Cycle:
    if query.number is not None:
        cycle = _known(transaction, query.endpoint, query.number)
        if not cycle.report:
            all_of_it = "" if cycle.state == "closed" else " --all"
            raise NotFound(
                f"Cycle {cycle.id} has no report: it {_is(cycle)}.",
                remedy=f"See `everloop why {cycle.endpoint}{all_of_it}`.",
            )
        return cycle
    endpoint = endpoint_meant(transaction, query.endpoint)
    reported = [c for c in transaction.find(Cycle, endpoint=endpoint) if c.report]
    if reported:
        return reported[-1]
    undone = open_cycle_of(transaction, endpoint)
    if undone is None:
        raise NotFound(
            f"No cycle of {endpoint!r} has a report yet.", remedy=f"Turn one: `everloop turn {endpoint}`."
        )
    raise NotFound(
        f"No cycle of {endpoint!r} has a report yet: {undone.id} is open, it {_is(undone)}.",
        remedy=f"So far: `everloop why {endpoint} --all`.",
    )


def _is(cycle: Cycle) -> str:
    if cycle.state != "closed":
        return f"is {cycle.state}, and its report comes when it closes"
    return f"ended {cycle.ending}: {cycle.reason}"
