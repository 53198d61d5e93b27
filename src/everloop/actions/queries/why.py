"""Why something happened at an endpoint, or did not: the story of its newest cycles."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from everloop.actions.context import Context
from everloop.actions.cycles import endpoint_meant
from everloop.actions.queries.next_step import Next, NextQuery, next_step
from everloop.actions.surroundings import Surroundings
from everloop.events import log as events
from everloop.loop.story import HAPPENED, cycle_in_words, moment, policy_in_words, verdicts_told
from everloop.records.cycle import Cycle
from everloop.records.endpoint import Endpoint
from everloop.records.event import Event
from everloop.shown.markup import sentences
from everloop.stores.metadata import Transaction

CAUSES_TOLD = 3
EVENTS_READ = 500  # of the endpoint, the newest: more than its newest cycle has


@dataclass(frozen=True, slots=True, kw_only=True)
class WhyQuery:
    """One endpoint, by its own name or its loop's.

    `all`: every event and verdict of the newest cycle, and the cycles before it; else what decided, and how many
    cycles there were.
    """

    endpoint: str
    newest: int = 50  # cycles that are told at most
    all: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Why:
    """The story of an endpoint."""

    endpoint: str
    champion: str  # empty: nothing answers yet
    now: Next
    newest: tuple[str, ...]  # the newest cycle, line by line
    earlier: tuple[str, ...]  # those before it, a line each, the latest first; only where all was asked for
    before: int = 0  # how many there are before it

    def lines(self) -> list[str]:
        """For people."""
        told = self.now.lines()
        if self.champion:
            told.insert(0, f"{self.champion} answers at {self.endpoint}.")
        told += self.newest or ("No cycle was opened here yet.",)
        if self.earlier:
            told += ("Before that:", *(f"  {line}" for line in self.earlier))
        if self.before > len(self.earlier):
            more = f"{self.before - len(self.earlier)} cycle{'' if self.before == 1 else 's'}"
            hint = "" if self.earlier else f", and every verdict: everloop why {self.endpoint} --all"
            told.append(f"{more} before that{hint}")
        elif self.newest and not self.earlier:
            told.append(f"Every event and verdict: everloop why {self.endpoint} --all")
        return told

    def _repr_html_(self) -> str:
        return sentences(f"Why, at {self.endpoint}", self.lines())


def why(context: Context, query: WhyQuery, surroundings: Surroundings) -> Why:
    """What would happen now, and how the newest cycles came about and ended; raises NotFound."""
    now = next_step(context, NextQuery(endpoint=query.endpoint), surroundings)
    with context.metadata.transaction() as transaction:
        name = endpoint_meant(transaction, query.endpoint)
        endpoint = transaction.get(Endpoint, name)
        cycles = tuple(transaction.find(Cycle, endpoint=name, newest=max(1, query.newest)))
        told = _events(transaction, name)
    earlier = cycles[:-1] if query.all else ()
    return Why(
        endpoint=name,
        champion=str(endpoint.champion) if endpoint else "",
        now=now,
        newest=tuple(_story(cycles[-1], told, every=query.all)) if cycles else (),
        earlier=tuple(
            f"{cycle_in_words(cycle)} ({moment(cycle.closed_at or cycle.opened_at)})"
            for cycle in reversed(earlier)
        ),
        before=cycles[-1].number - 1 if cycles else 0,
    )


def _events(transaction: Transaction, endpoint: str) -> tuple[Event, ...]:
    return tuple(events.history(transaction, newest=EVENTS_READ, subject=f"endpoint:{endpoint}", action=""))


def _story(cycle: Cycle, told: Sequence[Event], *, every: bool) -> list[str]:
    ended = f"ended {cycle.ending.replace('_', ' ')}" if cycle.ending else f"is {cycle.state}"
    lines = [f"Cycle {cycle.id} {ended} ({policy_in_words(cycle.policy)}):"]
    for cause in cycle.causes[:CAUSES_TOLD]:
        lines.append(f"  because {cause.detail.rstrip('.')} ({cause.kind}, {moment(cause.at)})")
    if len(cycle.causes) > CAUSES_TOLD:
        lines.append(f"  and {len(cycle.causes) - CAUSES_TOLD} causes more")
    own = [e for e in told if e.after.get("cycle") == cycle.id and e.action != "close_cycle"]
    lines += [f"  {line}" for line in _happened(own, every=every)]
    for judged in cycle.judged:
        who = f"  gate of {judged.candidate}"
        lines += [f"{who}, {line}" for line in verdicts_told(judged.verdicts, every=every)]
    if cycle.ending:
        lines += [f"  rollout, {line}" for line in verdicts_told(cycle.watched, every=every)]
    if cycle.report:
        lines.append(f"  Report: everloop report {cycle.endpoint} --cycle {cycle.number}")
    return lines


def _happened(told: Sequence[Event], *, every: bool) -> Iterator[str]:
    """A line an event; of one that came again and again only the last, unless all are asked for."""
    for action, group in groupby(told, key=lambda event: event.action):
        events_of_it = list(group)
        for event in events_of_it if every else events_of_it[-1:]:
            reason = f": {event.reason}" if event.reason else ""
            again = f" ({len(events_of_it)} times)" if len(events_of_it) > 1 and not every else ""
            yield f"{moment(event.at)}  {HAPPENED.get(action, action)}{again} by {event.actor.name}{reason}"
