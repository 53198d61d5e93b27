"""The handlers of the loop's jobs: each does the work of one step of one cycle."""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from everloop.actions.context import Context
from everloop.actions.loop_tick import ContextFor
from everloop.actions.step_cycle import step_key
from everloop.actions.surroundings import Surroundings
from everloop.errors import Conflict
from everloop.jobs.worker import Handler
from everloop.records.cycle import Cycle
from everloop.records.job import Job
from everloop.records.names import new_id


def handlers(context_for: ContextFor, surroundings: Surroundings) -> dict[str, Handler]:
    """By the kind of job. A job of a step that the cycle has left fails: nobody waits for it any more."""
    works: Mapping[str, Callable[[Context, Cycle], Any]] = {
        "pin": surroundings.pin,
        "fit": surroundings.fit,
        "judge": surroundings.judge,
        "report": surroundings.report,
    }
    return {kind: _handler(context_for, work) for kind, work in works.items()}


def _handler(context_for: ContextFor, work: Callable[[Context, Cycle], Any]) -> Handler:
    def handle(job: Job) -> Mapping[str, object]:
        cycle = _cycle_of(context_for, job)
        result = work(context_for(f"{step_key(cycle)}/{job.kind}"), cycle)
        plain: Mapping[str, object] = msgspec.to_builtins(result)
        return plain

    return handle


def _cycle_of(context_for: ContextFor, job: Job) -> Cycle:
    endpoint, number, step = (job.payload[name] for name in ("endpoint", "cycle", "step"))
    assert isinstance(endpoint, str)
    assert isinstance(number, int)
    with context_for(new_id("key")).metadata.transaction() as transaction:
        cycle = transaction.get(Cycle, endpoint, number)
    if cycle is None or cycle.step != step or cycle.state == "closed":
        raise Conflict(f"Cycle {endpoint}.{number} has left step {step}.")
    return cycle
