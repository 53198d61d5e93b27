"""What the loop of an endpoint would do now, in words, and what it waits for. Changes nothing."""

from dataclasses import dataclass, replace
from datetime import datetime

from everloop.actions.context import Context
from everloop.actions.cycles import endpoint_meant, loop_of_endpoint, open_cycle_of, standing_of
from everloop.actions.loop_tick import LoopTick
from everloop.actions.served_elsewhere import is_served_elsewhere
from everloop.actions.surroundings import Surroundings
from everloop.jobs.leased import LeasedJobs
from everloop.loop.decision import Do, Move, Wait
from everloop.loop.next_action import next_action
from everloop.loop.opening import causes, held, missing
from everloop.loop.sight import News, Pending
from everloop.loop.story import cycle_in_words, decision_in_words, in_brief, verdict_in_words
from everloop.records.cycle import Cycle
from everloop.records.endpoint import Endpoint
from everloop.records.loop import LoopRecord, LoopStanding, TriggerRule
from everloop.records.verdict import Verdict
from everloop.shown.markup import sentences

NO_LOOP = "no loop is declared here, so it takes a person: `everloop propose MODEL@V`"
NO_LOOP_ELSEWHERE = (
    "its model is served elsewhere, and no loop is declared that says what would be better: "
    "declare a loop in loop.py, see docs/outside.md"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class NextQuery:
    """One endpoint, by its own name or its loop's."""

    endpoint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TriggerNews:
    """What one trigger sees: why it fires, or what it waits for."""

    kind: str
    fires: bool
    says: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Next:
    """What would happen at an endpoint now."""

    endpoint: str
    loop: str  # empty: there is none
    mode: str
    cycle: str  # the open one; empty: none is
    state: str  # of it
    says: str
    working: bool  # a step's work is to be done, or under way
    moves: bool  # the next tick changes something
    until: datetime | None = None  # when there is something to do next, if that is known
    held: str = ""  # why nothing turns by itself, or will not after this cycle
    triggers: tuple[TriggerNews, ...] = ()
    verdicts: tuple[Verdict, ...] = ()  # of the rollout, as they are now

    def lines(self) -> list[str]:
        """For people: the sentence, then a line a verdict or a trigger."""
        told = [f"{self.endpoint}: {self.says}"]
        if self.cycle and self.held:
            told.append(f"  after this cycle nothing turns by itself: {self.held}")
        told += [f"  {verdict_in_words(verdict)}" for verdict in self.verdicts]
        told += [
            f"  {'fires' if news.fires else 'waits'}  {news.kind}: {news.says}" for news in self.triggers
        ]
        return told

    def _repr_html_(self) -> str:
        return sentences(f"Next at {self.endpoint}", self.lines())


def next_step(context: Context, query: NextQuery, surroundings: Surroundings) -> Next:
    """The decision that the next tick would come to; raises NotFound for an unknown loop and endpoint."""
    with context.metadata.transaction() as transaction:
        name = endpoint_meant(transaction, query.endpoint)
        loop = loop_of_endpoint(transaction, name)
        cycle = open_cycle_of(transaction, name)
        endpoint = transaction.get(Endpoint, name)
        elsewhere = endpoint is not None and is_served_elsewhere(transaction, endpoint)
        standing = standing_of(transaction, loop.name) if loop else LoopStanding(name="")
    if cycle is not None:
        found = _of_cycle(context, cycle, loop, surroundings)
        return replace(found, held=held(standing, context.clock.now()))
    if loop is None:
        return _idle(name, None, NO_LOOP_ELSEWHERE if elsewhere else NO_LOOP)
    if endpoint is None:
        start = f"`everloop train {loop.model}`, then `everloop deploy {loop.model}@1 {name}`"
        return _idle(name, loop, f"nothing answers here yet: {start}")
    return _watching(context, loop, standing, surroundings.news(context, loop))


def _of_cycle(context: Context, cycle: Cycle, loop: LoopRecord | None, surroundings: Surroundings) -> Next:
    queue = LeasedJobs(context.metadata, context.clock)
    sight = LoopTick(lambda key: replace(context, key=key), surroundings, queue).sight(context, cycle)
    decision = next_action(cycle, sight, context.clock.now())
    return Next(
        endpoint=cycle.endpoint,
        loop=loop.name if loop else "",
        mode=cycle.policy.mode,
        cycle=cycle.id,
        state=cycle.state,
        says=f"{cycle_in_words(cycle)}; {decision_in_words(decision)}.",
        working=isinstance(decision, Do) or isinstance(sight.work, Pending),
        moves=isinstance(decision, Move),
        until=decision.until if isinstance(decision, Wait) else None,
        verdicts=sight.watched.verdicts,
    )


def _watching(context: Context, loop: LoopRecord, standing: LoopStanding, news: News) -> Next:
    now = context.clock.now()
    triggers = tuple(_trigger(rule, loop, standing, news, now) for rule in loop.triggers)
    firing = [trigger.says for trigger in triggers if trigger.fires]
    holds = held(standing, now) if firing or standing.paused else ""
    if holds:
        says = f"nothing turns: {holds}"
    elif firing:
        says = f"a cycle would open now: {in_brief(firing)}"
    elif loop.triggers:
        says = "nothing to do: no trigger fires"
    else:
        says = f"it has no triggers: turn it by hand, `everloop turn {loop.endpoint}`"
    return replace(
        _idle(loop.endpoint, loop, says),
        held=holds,
        moves=bool(firing) and not holds,
        until=standing.cool_until if holds and not standing.paused else None,
        triggers=triggers,
    )


def _trigger(
    rule: TriggerRule, loop: LoopRecord, standing: LoopStanding, news: News, now: datetime
) -> TriggerNews:
    found = causes(replace(loop, triggers=(rule,)), standing, news, now)
    says = in_brief([c.detail for c in found]) if found else missing(rule, loop, standing, news, now)
    return TriggerNews(kind=rule.kind, fires=bool(found), says=says)


def _idle(endpoint: str, loop: LoopRecord | None, says: str) -> Next:
    return Next(
        endpoint=endpoint,
        loop=loop.name if loop else "",
        mode=loop.policy.mode if loop else "",
        cycle="",
        state="",
        says=f"{says}.",
        working=False,
        moves=False,
    )
