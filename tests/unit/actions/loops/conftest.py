"""A declared loop over an endpoint that answers, in surroundings that see and give what a test says."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest

from everloop.actions.context import Context
from everloop.actions.deploy import DeployRequest, deploy
from everloop.actions.loop_tick import LoopTick
from everloop.jobs.leased import LeasedJobs
from everloop.loop.sight import Fitted, Gated, News, Pinned, Reported, Watched
from everloop.records.cycle import Cycle
from everloop.records.endpoint import VersionRef
from everloop.records.loop import GateRule, LoopPolicy, LoopRecord, RolloutPlan, TriggerRule
from everloop.records.model_version import ModelVersion
from everloop.records.names import new_id
from everloop.records.target import TargetRule

CHAMPION, CANDIDATE = (VersionRef(model="churn", number=n) for n in (1, 2))
DECLARED = LoopRecord(
    name="keeper",
    endpoint="churn",
    model="churn",
    dataset="churn",
    target=TargetRule(outcome="Churn"),
    recipes=(),
    policy=LoopPolicy(
        mode="propose",
        gates=(GateRule(kind="no_worse", margin=0.01),),
        rollout=RolloutPlan(steps=(0.1, 0.5), bake=timedelta(minutes=10), min_answers=20),
        cool_down=timedelta(hours=1),
    ),
    triggers=(
        TriggerRule(kind="outcomes", count=500),
        TriggerRule(kind="drift"),
        TriggerRule(kind="schedule", every=timedelta(days=1)),
    ),
    audit_share=0.0,
    declared_at=datetime(2026, 1, 1, tzinfo=UTC),
)


@dataclass
class Scripted:
    """`Surroundings` whose looks and works a test sets."""

    seen: News = field(default_factory=lambda: News(mature=0))
    usable: int = 0
    rollout: Watched = field(default_factory=Watched)
    gated: Gated | None = None

    def news(self, context: Context, loop: LoopRecord) -> News:
        return self.seen

    def mature(self, context: Context, cycle: Cycle) -> int:
        return self.usable

    def watch(self, context: Context, cycle: Cycle) -> Watched:
        return self.rollout

    def pin(self, context: Context, cycle: Cycle) -> Pinned:
        return Pinned(version=4, evaluate_from=None, detail="churn@4: 120 rows")

    def fit(self, context: Context, cycle: Cycle) -> Fitted:
        return Fitted(runs=("run_1",), candidates=(CANDIDATE,))

    def judge(self, context: Context, cycle: Cycle) -> Gated:
        assert self.gated is not None
        return self.gated

    def report(self, context: Context, cycle: Cycle) -> Reported:
        return Reported(report="")


@pytest.fixture
def world() -> Scripted:
    return Scripted()


@pytest.fixture
def answering(context: Context, again: Callable[[], Context], versions: list[ModelVersion]) -> Context:
    """churn@1 answers at churn; nothing is declared."""
    deploy(again(), DeployRequest(endpoint="churn", model="churn", version=1))
    return context


@pytest.fixture
def looped(answering: Context) -> Context:
    """The loop `keeper` is declared for churn, too."""
    with answering.metadata.transaction() as transaction:
        transaction.add(DECLARED)
    return answering


@pytest.fixture
def tick(context: Context, world: Scripted) -> Callable[[], bool]:
    """Takes one step of churn's loop, whatever it is."""
    queue = LeasedJobs(context.metadata, context.clock)
    ticking = LoopTick(lambda key: replace(context, key=key), world, queue)
    return lambda: ticking.turn_endpoint("churn")


@pytest.fixture
def put(context: Context) -> Callable[..., Cycle]:
    """Puts a cycle of churn into the metadata, as it is told to be."""

    def put(**changed: object) -> Cycle:
        now = context.clock.now()
        fields: dict[str, object] = {
            "endpoint": "churn",
            "number": 1,
            "loop": "keeper",
            "state": "judging",
            "step": 3,
            "policy": DECLARED.policy,
            "causes": (),
            "by": context.actor,
            "opened_at": now,
            "moved_at": now,
            "champion": CHAMPION,
            "anchor": CHAMPION,
            **changed,
        }
        cycle = Cycle(**fields)  # type: ignore[arg-type]
        with context.metadata.transaction() as transaction:
            transaction.add(cycle)
        return cycle

    return put


@pytest.fixture
def fresh(context: Context) -> Callable[[], Context]:
    return lambda: replace(context, key=new_id("key"))
