from datetime import UTC, datetime

import pytest

from everloop.actions.queries.not_served import not_served
from everloop.records.endpoint import Endpoint, VersionRef
from everloop.records.routes import Route, RouteTable, Variant
from everloop.records.target import TargetRule
from everloop.serving.status import Refused

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def table(number, *versions):
    shares = [1.0] if len(versions) == 1 else [0.9, 0.1]
    variants = tuple(
        Variant(name="champion" if i == 0 else "candidate", model="m", version=v, bundle=f"b{v}", share=s)
        for i, (v, s) in enumerate(zip(versions, shares, strict=True))
    )
    route = Route(endpoint="e", salt="s", variants=variants)
    return RouteTable(number=number, published_at=NOW, routes=(route,))


def endpoint(champion, *history):
    versions = [VersionRef(model="m", number=n) for n in (champion, *history)]
    return Endpoint(
        name="e",
        salt="s",
        champion=versions[0],
        anchor=versions[0],
        target=TargetRule(outcome="y"),
        created_at=NOW,
        history=tuple(versions[1:]),
    )


def refusal(version, name="e"):
    return Refused(endpoint=name, bundle=f"b{version}", reason="its digest is wrong.")


def test_a_refused_champion_is_told_with_who_answers_and_the_way_back():
    told = not_served(endpoint(2, 1), [table(2, 2), table(1, 1)], [refusal(2)])
    assert (told.version, told.instead, told.bundle) == ("m@2", "m@1", "b2")
    assert str(told).startswith("m@2 is not served: its digest is wrong; m@1 answers in its place.")
    assert "`everloop rollback e`" in told.remedy


def test_a_refused_candidate_leaves_the_champion_and_can_be_sent_back():
    told = not_served(endpoint(1), [table(2, 1, 2), table(1, 1)], [refusal(2)])
    assert (told.version, told.instead) == ("m@2", "m@1")
    assert "`everloop reject e`" in told.remedy


def test_older_routes_that_do_not_load_either_answer_nothing():
    told = not_served(endpoint(3, 2), [table(3, 3), table(2, 2), table(1, 1)], [refusal(3), refusal(2)])
    assert told.instead == "m@1"
    alone = not_served(endpoint(1), [table(1, 1)], [refusal(1)])
    assert alone.instead == ""
    assert "--override" in alone.remedy


@pytest.mark.parametrize(
    "refused", [[], [refusal(1)], [refusal(2, "another")]], ids=["none", "an older one", "elsewhere"]
)
def test_what_the_newest_route_does_not_need_is_not_told(refused):
    assert not_served(endpoint(2, 1), [table(2, 2), table(1, 1)], refused) is None
