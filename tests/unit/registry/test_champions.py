"""Who answers, and what later versions are held to: a story of promotions and rollbacks, told by hand."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from everloop.errors import Conflict
from everloop.records.actor import Actor
from everloop.records.endpoint import VersionRef
from everloop.records.model_version import ModelVersion
from everloop.records.signature import Signature
from everloop.records.target import TargetRule
from everloop.registry.champions import go_back, open_endpoint, promoted, succeed

NOW = datetime(2026, 1, 1, tzinfo=UTC)
FIRST = ModelVersion(
    model="m",
    number=1,
    bundle="b",
    run="r",
    recipe="c",
    dataset="d",
    dataset_version=1,
    data_digest="e",
    code_version="",
    environment={},
    signature=Signature(task="classification", target="y", columns=()),
    target=TargetRule(outcome="y"),
    created_at=NOW,
    by=Actor(kind="person", name="ada"),
)


def version(number: int) -> ModelVersion:
    return replace(FIRST, number=number)


def ref(number: int) -> VersionRef:
    return VersionRef(model="m", number=number)


def test_only_who_is_better_becomes_the_anchor():
    endpoint = open_endpoint("m", FIRST, NOW)
    endpoint = promoted(endpoint, version(2), better=False)
    assert (endpoint.champion, endpoint.anchor) == (ref(2), ref(1))
    endpoint = promoted(endpoint, version(3), better=True)
    assert (endpoint.champion, endpoint.anchor) == (ref(3), ref(3))


def test_a_rollback_goes_back_to_the_anchor_of_that_time():
    endpoint = promoted(open_endpoint("m", FIRST, NOW), version(2), better=False)
    endpoint = promoted(endpoint, version(3), better=True)
    endpoint, champion = go_back(endpoint)
    assert (champion, endpoint.champion, endpoint.anchor) == (ref(2), ref(2), ref(1))
    endpoint, _ = go_back(endpoint)
    assert (endpoint.champion, endpoint.anchor) == (ref(1), ref(1))
    with pytest.raises(Conflict):
        go_back(endpoint)


def test_an_override_leaves_the_anchor_where_it_is():
    endpoint = succeed(open_endpoint("m", FIRST, NOW), version(2))
    assert (endpoint.champion, endpoint.anchor, endpoint.anchors) == (ref(2), ref(1), (ref(1),))
