from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from everloop.records.actor import Actor
from everloop.records.cycle import Cycle
from everloop.records.endpoint import VersionRef
from everloop.records.loop import LoopPolicy, RolloutPlan
from everloop.records.verdict import Verdict

START = datetime(2026, 1, 1, 12, tzinfo=UTC)
CHAMPION, CANDIDATE = (VersionRef(model="churn", number=number) for number in (1, 2))
POLICY = LoopPolicy(
    mode="propose",
    rollout=RolloutPlan(
        steps=(0.1, 0.5), bake=timedelta(minutes=10), max_wait=timedelta(hours=5), min_answers=20
    ),
    patience=timedelta(hours=2),
)


def cycle_in(state: str, **changes: object) -> Cycle:
    fields = {
        "endpoint": "churn",
        "number": 7,
        "loop": "churn",
        "state": state,
        "step": 3,
        "policy": POLICY,
        "causes": (),
        "by": Actor(kind="system", name="loop"),
        "opened_at": START,
        "champion": CHAMPION,
        "anchor": CHAMPION,
        "moved_at": START,
    }
    return Cycle(**{**fields, **changes})


def verdict_of(judgement: str, policy: str = "G001", name: str = "quality") -> Verdict:
    return Verdict(policy=policy, name=name, verdict=judgement, reason=f"it is a {judgement}", rows=100)


@pytest.fixture
def cycle() -> Callable[..., Cycle]:
    return cycle_in


@pytest.fixture
def verdict() -> Callable[..., Verdict]:
    return verdict_of
