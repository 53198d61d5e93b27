"""Why something happened at an endpoint, or did not: the story of its newest cycles."""

from dataclasses import dataclass

from everloop.actions.context import Context
from everloop.actions.cycles import endpoint_meant
from everloop.actions.queries.next_step import Next, NextQuery, next_step
from everloop.actions.surroundings import Surroundings
from everloop.events import log as events
from everloop.loop.story import HAPPENED, cycle_in_words, moment, policy_in_words, verdict_in_words
from everloop.records.cycle import Cycle
from everloop.records.endpoint import Endpoint
from everloop.records.event import Event
from everloop.stores.metadata import Transaction

CAUSES_TOLD = 3
EVENTS_READ = 500  # of the endpoint, the newest: more than its newest cycle has


@dataclass(frozen=True, slots=True, kw_only=True)
class WhyQuery:
    """One endpoint, by its own name or its loop's."""

    endpoint: str
    newest: int = 5  # cycles that are told


@dataclass(frozen=True, slots=True, kw_only=True)
class Why:
    """The story of an endpoint."""

    endpoint: str
    champion: str  # empty: nothing answers yet
    now: Next
    newest: tuple[str, ...]  # the newest cycle, line by line
    earlier: tuple[str, ...]  # those before it, a line each, the latest first

    def lines(self) -> list[str]:
        """For people."""
        told = self.now.lines()
        if self.champion:
            told.insert(0, f"{self.champion} answers at {self.endpoint}.")
        told += self.newest or ("No cycle was opened here yet.",)
        if self.earlier:
            told += ("Before that:", *(f"  {line}" for line in self.earlier))
        return told


def why(context: Context, query: WhyQuery, surroundings: Surroundings) -> Why:
    """What would happen now, and how the newest cycles came about and ended; raises NotFound."""
    now = next_step(context, NextQuery(endpoint=query.endpoint), surroundings)
    with context.metadata.transaction() as transaction:
        name = endpoint_meant(transaction, query.endpoint)
        endpoint = transaction.get(Endpoint, name)
        cycles = tuple(transaction.find(Cycle, endpoint=name, newest=max(1, query.newest)))
        told = _events(transaction, name)
    return Why(
        endpoint=name,
        champion=str(endpoint.champion) if endpoint else "",
        now=now,
        newest=tuple(_story(cycles[-1], told)) if cycles else (),
        earlier=tuple(
            f"{cycle_in_words(cycle)} ({moment(cycle.closed_at or cycle.opened_at)})"
            for cycle in reversed(cycles[:-1])
        ),
    )


def _events(transaction: Transaction, endpoint: str) -> tuple[Event, ...]:
    return tuple(events.history(transaction, newest=EVENTS_READ, subject=f"endpoint:{endpoint}", action=""))


def _story(cycle: Cycle, told: tuple[Event, ...]) -> list[str]:
    ended = f"ended {cycle.ending.replace('_', ' ')}" if cycle.ending else f"is {cycle.state}"
    lines = [f"Cycle {cycle.id} {ended} ({policy_in_words(cycle.policy)}):"]
    for cause in cycle.causes[:CAUSES_TOLD]:
        lines.append(f"  because {cause.detail.rstrip('.')} ({cause.kind}, {moment(cause.at)})")
    if len(cycle.causes) > CAUSES_TOLD:
        lines.append(f"  and {len(cycle.causes) - CAUSES_TOLD} causes more")
    for event in told:
        if event.after.get("cycle") == cycle.id and event.action != "close_cycle":
            reason = f": {event.reason}" if event.reason else ""
            happened = HAPPENED.get(event.action, event.action)
            lines.append(f"  {moment(event.at)}  {happened} by {event.actor.name}{reason}")
    for judged in cycle.judged:
        lines += [f"  gate of {judged.candidate}, {verdict_in_words(v)}" for v in judged.verdicts]
    if cycle.ending:
        lines += [f"  rollout, {verdict_in_words(v)}" for v in cycle.watched]
    if cycle.report:
        lines.append(f"  Report: everloop report {cycle.endpoint} --cycle {cycle.number}")
    return lines
