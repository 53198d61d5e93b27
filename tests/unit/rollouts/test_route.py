from datetime import UTC, datetime

import pytest

from everloop.records.actor import Actor
from everloop.records.endpoint import Endpoint, VersionRef
from everloop.records.model_version import ModelVersion
from everloop.records.signature import Signature
from everloop.records.target import TargetRule
from everloop.rollouts.route import rollout_route

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
ENDPOINT = Endpoint(
    name="churn", salt="pepper", champion=VersionRef(model="churn", number=1),
    anchor=VersionRef(model="churn", number=1), target=TargetRule(outcome="y"), created_at=NOON,
)  # fmt: skip


def version(number: int) -> ModelVersion:
    return ModelVersion(
        model="churn", number=number, bundle=f"{number}" * 64, run="r", recipe="r", dataset="d", dataset_version=1,
        data_digest="d", code_version="", environment={}, target=ENDPOINT.target, created_at=NOON,
        signature=Signature(task="regression", target="y", columns=()), by=Actor(kind="person", name="ada"),
    )  # fmt: skip


@pytest.mark.parametrize(("share", "rest"), [(0.1, 0.9), (0.7, 0.3), (1.0, 0.0)])
def test_the_champion_has_what_the_candidate_leaves(share, rest):
    route = rollout_route(ENDPOINT, version(1), version(2), share=share, rollout="churn-7")
    assert [(v.name, v.version, v.share) for v in route.variants] == [
        ("champion", 1, rest),
        ("candidate", 2, share),
    ]
    assert (route.endpoint, route.salt, route.rollout) == ("churn", "pepper", "churn-7")


def test_both_versions_shadow_under_their_own_names():
    route = rollout_route(ENDPOINT, version(1), version(2), share=0.1, rollout="churn-7")
    assert [(v.name, v.bundle) for v in route.shadows] == [("champion", "1" * 64), ("candidate", "2" * 64)]
