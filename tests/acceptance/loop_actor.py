"""A process that turns the loop of a workspace until it rests, each time in a child that can be killed.

Reads one JSON object a line: {"root": FOLDER, "die_at": POINT, "race_to": STATE}. The child opens the workspace as a
control plane does, tells every point that it passes, and at the one it is to die at kills itself, as `kill -9` would.
With `race_to`, two engines at once turn the loop until its cycle is in that state.
"""

import json
import os
import signal
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import onnxmltools  # noqa: F401 - imported before any fork, as what follows is
import pandas as pd  # noqa: F401
import skl2onnx  # noqa: F401
import sklearn.compose  # noqa: F401

import everloop.actions.step_cycle as stepping
import everloop.datasets.append
import everloop.evaluation.scored
import everloop.training.fit
import everloop.training.job  # noqa: F401
from everloop.actions import loop_tick
from everloop.actions.context import Context
from everloop.actions.ledger_surroundings import LedgerSurroundings
from everloop.actions.loop_tick import LoopTick
from everloop.actions.loop_work import handlers
from everloop.actions.turn_loop import TurnRequest, turn_loop
from everloop.control.office_client import OfficeClient
from everloop.events import log as events
from everloop.jobs.leased import LeasedJobs
from everloop.jobs.worker import JobWorker, new_holder
from everloop.records.actor import Actor
from everloop.records.cycle import Cycle
from everloop.records.job import Job
from everloop.settings import Settings, Training
from everloop.stores.layout import Layout
from everloop.stores.lock import WriterLock
from everloop.testing.trained_here import trained_here
from everloop.workspace.loop_engine import LoopEngine

SETTINGS = Settings(training=Training(mlflow=False, threads=1))
LONGEST_S = 90.0  # that two engines may take
LOOP = Actor(kind="system", name="loop")


def say(message: dict[str, object]) -> None:
    os.write(1, json.dumps(message).encode() + b"\n")  # at once, in one piece


class Points:
    """Where the process may die."""

    def __init__(self, die_at: str) -> None:
        self._die_at = die_at

    def __call__(self, point: str) -> None:
        say({"point": point})
        if point == self._die_at:
            os.kill(os.getpid(), signal.SIGKILL)


class DyingJobs(LeasedJobs):
    """The queue, with points before and after what it writes."""

    points: Points

    def submit(self, key: str, kind: str, payload: Mapping[str, object]) -> Job:
        self.points(f"submit {kind}:before")
        job = super().submit(key, kind, payload)
        self.points(f"submit {kind}:after")
        return job

    def claim(self, *args: object, **options: object) -> Job | None:
        job = super().claim(*args, **options)  # type: ignore[arg-type]
        if job is not None:
            self.points(f"claim {job.kind}:after")
        return job

    def finish(self, key: str, holder: str, result: Mapping[str, object]) -> Job:
        kind = self.get(key).kind
        self.points(f"finish {kind}:before")
        job = super().finish(key, holder, result)
        self.points(f"finish {kind}:after")
        return job


def watched_steps(points: Points) -> None:
    """Points before each move, inside every transaction with an event, and before each publication."""
    step, publish, append = stepping.step_cycle, stepping.publish_newest, events.append

    def stepped(context: Context, before: Cycle, move: object) -> object:
        points(f"{move.action}:before")
        stepping.publish_newest = published(move.action)
        return step(context, before, move)

    def published(action: str) -> Callable[..., int]:
        def inner(*stores: object) -> int:
            points(f"{action}:unpublished")
            return publish(*stores)

        return inner

    def appended(*args: object, **options: object) -> object:
        event = append(*args, **options)
        points(f"{options['action']}:inside")
        return event

    loop_tick.step_cycle, events.append = stepped, appended


def turn(client: OfficeClient, points: Points) -> None:
    """Open the cycle, once, and take steps until there is nothing to do but wait."""

    def context_for(key: str) -> Context:
        return client.office.context(LOOP, key)

    watched_steps(points)
    surroundings = LedgerSurroundings()
    jobs = DyingJobs(context_for("key").metadata, client.office.clock)
    jobs.points = points
    tick = LoopTick(context_for, surroundings, jobs)
    worker = JobWorker(jobs, handlers(context_for, surroundings), new_holder("loop"))
    turn_loop(context_for("the-turn"), TurnRequest(loop="tumours"), surroundings)
    while tick.tick() or worker.run_one() or tick.tick():
        pass


def race(client: OfficeClient, state: str) -> None:
    """Two engines at once, each with threads of its own and both in the same seats, which no lock would let them be."""

    def context_for(key: str) -> Context:
        return client.office.context(LOOP, key)

    turn_loop(context_for("the-turn"), TurnRequest(loop="tumours"), LedgerSurroundings())
    running = [LoopEngine(client.office) for _ in range(2)]
    for engine in running:
        engine.start()
    began = time.monotonic()
    while _newest_state(context_for("key")) != state:
        if time.monotonic() - began > LONGEST_S:
            os._exit(3)
        time.sleep(0.02)
    for engine in running:
        engine.stop()


def _newest_state(context: Context) -> str:
    with context.metadata.transaction() as transaction:
        return transaction.find(Cycle)[-1].state


def act(order: dict[str, object]) -> None:
    layout = Layout(Path(str(order["root"])))
    with WriterLock(layout.lock).held(purpose="a test", timeout=60):
        client = OfficeClient(layout, SETTINGS)
        if order["race_to"]:
            race(client, str(order["race_to"]))
        else:
            turn(client, Points(str(order["die_at"])))
        client.close()


say({"ready": os.getpid()})
for line in sys.stdin:
    order = json.loads(line)
    child = os.fork()
    if child == 0:
        with trained_here():  # what dies here is the loop; tests of trainings kill theirs
            act(order)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    say({"ended": os.waitstatus_to_exitcode(status)})
