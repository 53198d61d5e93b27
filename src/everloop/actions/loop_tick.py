"""One tick of every loop: look, decide, act. All state is in the metadata; a tick that dies is taken again."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import msgspec

from everloop.actions.context import Change, Context, recorded
from everloop.actions.cycles import cycles_to_step, loop_named, loop_of_endpoint, open_turn, standing_of
from everloop.actions.publish import newest_number, publish_newest
from everloop.actions.step_cycle import Step, Stepped, step_cycle, step_key
from everloop.actions.surroundings import Surroundings
from everloop.errors import Conflict
from everloop.jobs.queue import JobQueue
from everloop.loop.decision import Decision, Do, Move, Wait
from everloop.loop.next_action import next_action
from everloop.loop.opening import causes, held
from everloop.loop.sight import Failed, Fitted, Gated, News, Pending, Pinned, Reported, Sight, Watched, Work
from everloop.loop.story import in_brief
from everloop.records.cycle import Cause, Cycle
from everloop.records.endpoint import Endpoint
from everloop.records.job import Job
from everloop.records.loop import LoopRecord
from everloop.records.names import new_id
from everloop.registry.champions import known_endpoint
from everloop.stores.metadata import Transaction

log = logging.getLogger("everloop.loop")

RESULTS: Mapping[str, type] = {"pin": Pinned, "fit": Fitted, "judge": Gated, "report": Reported}
ContextFor = Callable[[str], Context]  # by idempotency key


@dataclass(frozen=True, slots=True)
class LoopTick:
    """Ticks the loops of one workspace."""

    context_for: ContextFor
    surroundings: Surroundings
    queue: JobQueue

    def tick(self, *, rolling: bool | None = None) -> int:
        """Look at every endpoint once; answers how many cycles were opened or moved.

        Those whose candidates take traffic come first, so that no other's news hold up their verdicts; `rolling` looks
        at these alone, or at the others. One that fails is logged, and holds up no other. A route table that was
        recorded and could not be published, because the disk was full, is published here.
        """
        context = self.context_for(new_id("key"))
        publish_newest(context.layout, context.metadata)
        with context.metadata.transaction() as transaction:
            names = [endpoint.name for endpoint in transaction.find(Endpoint)]
            in_traffic = {
                name
                for name in names
                if any(cycle.state == "rolling" for cycle in cycles_to_step(transaction, name))
            }
        chosen = [name for name in names if rolling is None or rolling == (name in in_traffic)]
        return sum(self._endpoint(name) for name in sorted(chosen, key=lambda name: name not in in_traffic))

    def _endpoint(self, endpoint: str) -> bool:
        try:
            return self.turn_endpoint(endpoint)
        except Conflict as conflict:  # a person was quicker; the next tick sees what they did
            log.info("%s: %s", endpoint, conflict)
        except Exception:  # whatever one endpoint's rows or stores raise, the others are looked at
            log.exception("the loop of %s could not be ticked; it is tried again", endpoint)
        return False

    def turn_endpoint(self, endpoint: str) -> bool:
        """Open or move a cycle of the endpoint if it is time; whether anything changed."""
        context = self.context_for(new_id("key"))
        with context.metadata.transaction() as transaction:
            cycles = cycles_to_step(transaction, endpoint)
            loop = loop_of_endpoint(transaction, endpoint)
        if not cycles:
            return loop is not None and self._open(context, loop)
        return any([self._step(context, cycle) for cycle in cycles])

    def _step(self, context: Context, cycle: Cycle) -> bool:
        """Do what is to be done about the cycle now; whether it moved."""
        decision = self.decide(context, cycle)
        match decision:
            case Do(work=work):
                self.queue.submit(_job_key(cycle), work, job_payload(cycle))
                return False
            case Move():
                step_cycle(self.context_for(step_key(cycle)), cycle, decision)
                return True
            case Wait():
                return False

    def decide(self, context: Context, cycle: Cycle) -> Decision:
        """What is to be done about the cycle now; changes nothing."""
        return next_action(cycle, self.sight(context, cycle), context.clock.now())

    def sight(self, context: Context, cycle: Cycle) -> Sight:
        """What the decision about the cycle rests on."""
        with context.metadata.transaction() as transaction:
            champion = known_endpoint(transaction, cycle.endpoint).champion
        work = _work(self.queue.get(_job_key(cycle)))
        waits_for_rows = cycle.state == "judging" and bool(cycle.judged) and work is None
        return Sight(
            champion=champion,
            work=work,
            mature=self.surroundings.mature(context, cycle) if waits_for_rows else 0,
            watched=self._watched(context, cycle) if cycle.state == "rolling" else Watched(),
        )

    def _watched(self, context: Context, cycle: Cycle) -> Watched:
        """A rollout that cannot be looked at is undecided: it is never promoted, and ends at its `max_wait`."""
        try:
            return self.surroundings.watch(context, cycle)
        except Exception:  # whatever is in the ledger
            log.exception("the rollout of %s could not be looked at", cycle.id)
            return Watched()

    def _open(self, context: Context, loop: LoopRecord) -> bool:
        with context.metadata.transaction() as transaction:
            standing = standing_of(transaction, loop.name)
        if held(standing, context.clock.now()):
            return False
        news = self.surroundings.news(context, loop)
        if not causes(loop, standing, news, context.clock.now()):
            return False
        turn = self.context_for(new_id("key"))
        request = Step(cycle=loop.name, step=0)
        recorded(turn, "turn_loop", request, Stepped, lambda t: _begin_by_itself(turn, t, loop.name, news))
        return True


def begin_turn(context: Context, loop: str, found: tuple[Cause, ...], news: News) -> Stepped:
    """Open a cycle of the loop; raises Conflict if one is open at its endpoint."""
    request = Step(cycle=loop, step=0)
    return recorded(context, "turn_loop", request, Stepped, lambda t: _begin(context, t, loop, found, news))


def _begin_by_itself(context: Context, transaction: Transaction, name: str, news: News) -> Change[Stepped]:
    """The same, if it still holds what was seen before: meanwhile somebody may have paused the loop, or turned it."""
    loop, standing = loop_named(transaction, name), standing_of(transaction, name)
    now = context.clock.now()
    found = () if held(standing, now) else causes(loop, standing, news, now)
    if not found:
        raise Conflict(f"Loop {name!r} has no more reason to turn by itself.")
    return _begin(context, transaction, name, found, news)


def _begin(
    context: Context, transaction: Transaction, name: str, found: tuple[Cause, ...], news: News
) -> Change[Stepped]:
    loop = loop_named(transaction, name)
    cycle = open_turn(context, transaction, loop, known_endpoint(transaction, loop.endpoint), found, news)
    return Change(
        result=Stepped(cycle=cycle.id, state=cycle.state, route_table=newest_number(transaction)),
        subject=f"endpoint:{loop.endpoint}",
        after={"cycle": cycle.id, "state": cycle.state, "champion": str(cycle.champion)},
        evidence={"causes": msgspec.to_builtins(found)},
        reason=in_brief([cause.detail for cause in found]),
    )


def job_payload(cycle: Cycle) -> dict[str, object]:
    """What a job of the cycle's present step is told."""
    return {"endpoint": cycle.endpoint, "cycle": cycle.number, "step": cycle.step}


def _job_key(cycle: Cycle) -> str:
    return f"{cycle.id}/{cycle.step}"


def _work(job: Job | None) -> Work:
    if job is None:
        return None
    if job.state == "done":
        result: Work = msgspec.convert(job.result, RESULTS[job.kind])
        return result
    return Failed(reason=job.error) if job.state == "failed" else Pending(since=job.queued_at)
