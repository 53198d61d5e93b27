"""A workspace is opened in the middle of a rollout, by another release or with another loop: the rollout goes on.

`rolling_cycle.json` holds every record of such a workspace, as this release kept them: churn.1 rolls churn@3 out, at
half of the traffic since 01:15. Later releases open it as it is.
"""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sklearn.linear_model import LogisticRegression

import everloop as el
from everloop.actions.context import Context
from everloop.actions.declare_loop import DeclaredRecipe, DeclareLoopRequest, declare_loop, encoded
from everloop.actions.loop_tick import LoopTick
from everloop.actions.loop_work import handlers
from everloop.clock import FixedClock
from everloop.jobs.leased import LeasedJobs
from everloop.jobs.worker import JobWorker
from everloop.loop.sight import News, Reported, Watched
from everloop.records.actor import Actor
from everloop.records.codec import from_json
from everloop.records.cycle import Cycle
from everloop.records.endpoint import Endpoint
from everloop.records.event import Event
from everloop.records.loop import GateRule, LoopPolicy, LoopRecord, RolloutPlan
from everloop.records.routes import RouteTable
from everloop.records.verdict import Verdict
from everloop.settings import Settings
from everloop.stores.sql_metadata import SqlMetadata
from everloop.stores.workspace_folder import create_workspace
from everloop.testing.simulator.house import NoRunner
from everloop.training.freeze import freeze
from everloop.workspace.office import Office

KEPT = Path(__file__).with_name("rolling_cycle.json")
BAKED = datetime(2026, 1, 1, 1, 26, tzinfo=UTC)
LOOP, ADA = Actor(kind="system", name="loop"), Actor(kind="person", name="ada")


@dataclass
class Watching:
    """Surroundings that see the rollout so."""

    quality: str

    def watch(self, context: Context, cycle: Cycle) -> Watched:
        verdict = Verdict(
            policy="G001", name="quality", verdict=self.quality, reason="shown", low=0.0, rows=9
        )
        return Watched(verdicts=(verdict,), answers=20)

    def report(self, context: Context, cycle: Cycle) -> Reported:
        return Reported(report=context.blobs.write(b"# Report\n"))

    def pin(self, context: Context, cycle: Cycle) -> None:
        raise AssertionError("a step that was taken is not taken again")

    fit = judge = mature = pin

    def news(self, context: Context, loop: LoopRecord) -> News:
        return News(mature=0)


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(BAKED)


@pytest.fixture
def office(tmp_path: Path, clock: FixedClock) -> Iterator[Office]:
    layout = create_workspace(tmp_path / ".everloop")
    SqlMetadata(layout.metadata).close()
    with closing(sqlite3.connect(layout.metadata)) as file, file:
        for table, documents in json.loads(KEPT.read_text()).items():
            columns = [row[1] for row in file.execute(f"PRAGMA table_info({table})")]
            for document in documents:
                row = [json.dumps(document) if c == "document" else document.get(c) for c in columns]
                file.execute(f"INSERT INTO {table} VALUES ({','.join('?' * len(columns))})", row)
    office = Office(layout, Settings(), NoRunner(), clock)
    yield office
    office.close()


def turn(office: Office, quality: str) -> None:
    """Tick and work until there is nothing to do."""

    def context_for(key: str) -> Context:
        return office.context(LOOP, key)

    surroundings = Watching(quality)
    queue = LeasedJobs(context_for("key").metadata, office.clock)
    tick = LoopTick(context_for, surroundings, queue)
    worker = JobWorker(queue, handlers(context_for, surroundings), "loop/second-life")
    while tick.tick() or worker.run_one() or tick.tick():
        pass


def newest(office: Office, kind: type) -> object:
    with office.context(LOOP, "key").metadata.transaction() as transaction:
        return transaction.find(kind, newest=1)[0]


def test_the_workers_get_the_route_of_the_rollout(office):
    table = from_json(RouteTable, (office.layout.routes / "current.json").read_bytes())
    route = table.route("churn")
    assert [(v.version, v.share) for v in route.variants] == [(1, 0.5), (3, 0.5)]
    assert route.rollout == "churn.1"


def test_a_rollout_of_an_earlier_release_is_promoted_where_it_stands(office):
    turn(office, "pass")
    cycle = newest(office, Cycle)
    assert (cycle.id, cycle.state, cycle.ending, cycle.step) == ("churn.1", "closed", "promoted", 7)
    assert cycle.report
    assert str(newest(office, Endpoint).champion) == "churn@3"
    with office.context(LOOP, "key").metadata.transaction() as transaction:
        events = transaction.find(Event)
    assert [e.action for e in events[10:]] == ["promote", "close_cycle"]
    assert [e.sequence for e in events] == list(range(1, 13))


def test_a_rollout_of_an_earlier_release_waits_as_long_as_it_would_have(office, clock):
    before = newest(office, Cycle)
    turn(office, "undecided")
    assert newest(office, Cycle) == before
    clock.advance(timedelta(hours=5))
    turn(office, "undecided")
    assert newest(office, Cycle).ending == "rolled_back"


@pytest.fixture
def declared_anew(office: Office) -> Office:
    """Another plan, other gates, another mode: for the cycles to come."""
    record, estimator = freeze(el.Recipe(LogisticRegression(), target=el.Target("truth")))
    policy = LoopPolicy(
        mode="observe",
        gates=(GateRule(kind="size", limit=1.0),),
        rollout=RolloutPlan(steps=(0.01,), bake=timedelta(days=1), min_answers=1_000_000),
    )
    request = DeclareLoopRequest(
        loop="churn",
        endpoint="churn",
        model="churn",
        dataset="churn",
        recipes=(DeclaredRecipe(name="lr", recipe=record, estimator=encoded(estimator)),),
        policy=policy,
    )
    assert declare_loop(office.context(ADA, "anew"), request).changed
    assert newest(office, LoopRecord).policy == policy
    return office


def test_a_loop_that_is_declared_anew_leaves_its_open_cycle_the_policy_it_began_with(declared_anew):
    kept = json.loads(KEPT.read_text())["cycles"][0]["policy"]
    cycle = newest(declared_anew, Cycle)
    assert cycle.policy.mode == kept["mode"] == "act"
    assert list(cycle.policy.rollout.steps) == kept["rollout"]["steps"] == [0.1, 0.5]
    turn(declared_anew, "pass")
    ended = newest(declared_anew, Cycle)
    assert (ended.ending, ended.policy) == ("promoted", cycle.policy)


def test_the_kept_cycle_tells_what_its_gates_said(office):
    cycle = newest(office, Cycle)
    assert [v.verdict for v in cycle.judged[0].verdicts] == ["pass"]
    assert replace(cycle, policy=LoopPolicy()) != cycle, "its policy is not the default by chance"
