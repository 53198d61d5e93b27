"""What holds after every transaction, whatever goes wrong. Each function says what is broken, or nothing."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from everloop.records.codec import Stored
from everloop.records.cycle import Cycle
from everloop.records.dataset import DatasetVersion
from everloop.records.endpoint import Endpoint
from everloop.records.event import Event
from everloop.records.loop import LoopStanding
from everloop.records.model_version import ModelVersion
from everloop.records.routes import RouteTable
from everloop.rollouts.watch import QUALITY
from everloop.testing.simulator.facts import Facts

TOLD = (Cycle, DatasetVersion, Endpoint, LoopStanding, ModelVersion, RouteTable)  # by exactly one event
ORDER = ("pinning", "fitting", "judging", "waiting", "rolling", "reporting", "closed")


def broken(before: Facts, after: Facts, written: Sequence[Stored], now: datetime) -> Iterator[str]:
    """All that the transaction that wrote these broke; `before` and `after` are the facts around it."""
    events = [record for record in written if isinstance(record, Event)]
    yield from _events(before, events, written)
    event = events[0] if events else None
    for record in written:
        if isinstance(record, Cycle):
            yield from _cycle(before.cycles.get(record.id), record, event)
        if isinstance(record, Endpoint):
            yield from _champion(before, record, event, after, now)
    if event is not None and event.action == "turn_loop" and event.actor.kind == "system":
        yield from _turned_by_itself(before, event, after, now)
    for name in {record.endpoint for record in written if isinstance(record, Cycle)} | {
        record.name for record in written if isinstance(record, Endpoint)
    }:
        yield from _agreement(after, name)


def _events(before: Facts, events: list[Event], written: Sequence[Stored]) -> Iterator[str]:
    told = [type(record).__name__ for record in written if isinstance(record, TOLD)]
    if len(events) > 1 or (told and not events):
        yield f"{len(events)} events for {', '.join(told)}"
    for event in events:
        if event.sequence != len(before.events) + 1:
            yield f"event {event.sequence} after {len(before.events)}"


def _cycle(before: Cycle | None, after: Cycle, event: Event | None) -> Iterator[str]:
    if event is None:
        return
    if before is None:
        if after.step != 1 or after.state not in ("pinning", "judging"):
            yield f"{after.id} opens {after.state} at step {after.step}"
        return
    if before.state == "closed":
        yield f"{after.id} was closed and has moved"
    approved = event.action == "approve"
    if after.step != before.step + (not approved):
        yield f"{after.id} went from step {before.step} to {after.step} with {event.action}"
    if ORDER.index(after.state) < ORDER.index(before.state):
        yield f"{after.id} went back from {before.state} to {after.state}"
    if before.ending and after.ending != before.ending:
        yield f"{after.id} had ended {before.ending} and ends {after.ending}"
    fixed = ("policy", "causes", "opened_at", "champion", "anchor", "loop", "by")
    for name in fixed:
        if getattr(before, name) != getattr(after, name):
            yield f"{after.id} has another {name}"


def _champion(
    before: Facts, endpoint: Endpoint, event: Event | None, after: Facts, now: datetime
) -> Iterator[str]:
    old = before.endpoints.get(endpoint.name)
    if event is None or (old is not None and old.champion == endpoint.champion):
        return
    if event.action == "promote":
        yield from _promotion(after.cycles[str(event.after["cycle"])], endpoint, now)
    elif event.action == "deploy":
        if old is not None and not event.reason:
            yield f"{endpoint.champion} was put in the champion's place without a reason"
    elif event.action != "roll_back":
        yield f"{event.action} changed the champion of {endpoint.name}"


def _promotion(cycle: Cycle, endpoint: Endpoint, now: datetime) -> Iterator[str]:
    if cycle.candidate != endpoint.champion:
        yield f"{endpoint.champion} was promoted, {cycle.candidate} was rolled out"
    gates = [j.verdicts for j in cycle.judged if j.candidate == cycle.candidate]
    if not gates or not gates[0] or any(v.verdict != "pass" for v in gates[0] if v.needed):
        yield f"{cycle.candidate} was promoted without having passed its gates"
    quality = [v for v in cycle.watched if v.name == QUALITY]
    if not quality or quality[0].verdict != "pass" or not quality[0].rows:
        yield f"{cycle.candidate} was promoted without its quality being known"
    if any(v.verdict == "fail" for v in cycle.watched):
        yield f"{cycle.candidate} was promoted although a guardrail failed"
    if cycle.policy.mode != "act" and cycle.approved is None:
        yield f"{cycle.candidate} was promoted unapproved in mode {cycle.policy.mode}"
    if cycle.rolling_since is None or now >= cycle.rolling_since + cycle.policy.rollout.max_wait:
        yield f"{cycle.candidate} was promoted after the longest wait"


def _turned_by_itself(before: Facts, event: Event, after: Facts, now: datetime) -> Iterator[str]:
    cycle = after.cycles[str(event.after["cycle"])]
    standing = before.standing(cycle.loop)
    if standing.paused:
        yield f"{cycle.id} was opened while the loop was paused"
    if standing.cool_until is not None and now < standing.cool_until:
        yield f"{cycle.id} was opened while the loop cools down"
    marks = {(c.kind, c.mark) for c in cycle.causes}
    for earlier in before.cycles.values():
        if earlier.loop == cycle.loop and marks & {(c.kind, c.mark) for c in earlier.causes if c.mark}:
            yield f"evidence that had opened {earlier.id} opened {cycle.id} again"


def _agreement(after: Facts, name: str) -> Iterator[str]:
    """The route of an endpoint says what its champion and its open cycle say; one cycle at most is undecided."""
    endpoint, open_cycles = after.endpoints.get(name), [c for c in after.open_cycles(name) if not c.ending]
    if len(open_cycles) > 1:
        yield f"{' and '.join(c.id for c in open_cycles)} are open at {name}"
    if endpoint is None or after.table is None:
        return
    route = after.table.route(name)
    if route is None:
        yield f"{name} has no route"
        return
    routed = [(f"{v.model}@{v.version}", v.share) for v in route.variants]
    rolling = next((c for c in open_cycles if c.state == "rolling"), None)
    expected = [(str(endpoint.champion), 1.0)]
    if rolling is not None:
        share = rolling.policy.rollout.steps[rolling.stage]
        expected = [(str(endpoint.champion), round(1 - share, 12)), (str(rolling.candidate), share)]
    if routed != expected or route.rollout != (rolling.id if rolling else ""):
        yield f"the route of {name} is {routed} for {route.rollout!r}; it should be {expected}"
