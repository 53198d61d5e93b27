from collections.abc import Callable
from dataclasses import replace

import pytest

from everloop.actions.context import Context
from everloop.actions.deploy import DeployRequest, deploy
from everloop.actions.queries.endpoints import EndpointQuery, show_endpoint
from everloop.errors import BundleRefused, Conflict, InvalidName, NotFound
from everloop.events import log as events
from everloop.records.codec import from_json
from everloop.records.endpoint import Endpoint
from everloop.records.event import Event
from everloop.records.model_version import ModelVersion
from everloop.records.routes import RouteTable

pytestmark = pytest.mark.usefixtures("versions")

Again = Callable[[], Context]


def request(number: int, **more: str) -> DeployRequest:
    return DeployRequest(endpoint="churn", model="churn", version=number, **more)


def published(context: Context) -> RouteTable:
    return from_json(RouteTable, (context.layout.routes / "current.json").read_bytes())


def all_events(context: Context) -> list[Event]:
    with context.metadata.transaction() as transaction:
        return list(events.history(transaction))


def test_the_first_version_of_an_endpoint_becomes_its_champion(context: Context) -> None:
    answer = deploy(context, request(1))
    assert (answer.state, answer.route_table) == ("champion", 1)
    assert show_endpoint(context, EndpointQuery(endpoint="churn")).champion == "churn@1"


def test_workers_find_the_route_in_the_published_table(
    context: Context, versions: list[ModelVersion]
) -> None:
    deploy(context, request(1))
    route = published(context).route("churn")
    assert route is not None
    assert [(v.name, v.bundle, v.share) for v in route.variants] == [("champion", versions[0].bundle, 1.0)]


def test_a_deploy_is_one_event_that_says_who_and_why(context: Context) -> None:
    deploy(context, request(1))
    (event,) = all_events(context)
    assert (event.actor.name, event.action, event.subject) == ("ada", "deploy", "endpoint:churn")
    assert event.after["champion"] == "churn@1"
    assert "ungated" in event.reason


def test_a_second_version_waits_as_a_proposal(context: Context, again: Again) -> None:
    deploy(context, request(1))
    assert deploy(again(), request(2)).state == "proposed"
    found = show_endpoint(context, EndpointQuery(endpoint="churn"))
    assert (found.champion, found.proposed) == ("churn@1", "churn@2")
    assert published(context).number == 1


def test_a_newer_proposal_does_not_replace_the_one_that_waits(context: Context, again: Again) -> None:
    deploy(context, request(1))
    deploy(again(), request(2))
    with pytest.raises(Conflict, match="churn@2 is on the way"):
        deploy(again(), request(3))
    assert show_endpoint(context, EndpointQuery(endpoint="churn")).proposed == "churn@2"


def test_an_override_takes_the_place_and_its_reason_is_recorded(context: Context, again: Again) -> None:
    deploy(context, request(1))
    answer = deploy(again(), request(2, override="the old one is broken"))
    assert (answer.state, answer.route_table) == ("champion", 2)
    assert all_events(context)[-1].reason == "the old one is broken"
    with context.metadata.transaction() as transaction:
        endpoint = transaction.get(Endpoint, "churn")
    assert endpoint is not None
    assert ([str(v) for v in endpoint.history], str(endpoint.anchor)) == (["churn@1"], "churn@1")


def test_of_two_who_saw_the_same_champion_one_wins(context: Context, again: Again) -> None:
    deploy(context, request(1))
    deploy(again(), request(2, override="mine", expected="churn@1"))
    with pytest.raises(Conflict, match="churn@2 answers"):
        deploy(again(), request(3, override="no, mine", expected="churn@1"))


def test_a_repeated_key_deploys_once_and_gives_the_same_answer(context: Context) -> None:
    first = deploy(context, request(1))
    assert deploy(context, request(1)) == first
    assert len(all_events(context)) == 1


def test_a_key_of_another_action_is_refused(context: Context, again: Again) -> None:
    from everloop.actions.roll_back import RollBackRequest, roll_back

    deploy(context, request(1))
    deploy(again(), request(2, override="x"))
    with pytest.raises(Conflict, match="belongs to another, earlier `deploy`"):
        roll_back(context, RollBackRequest(endpoint="churn"))


def test_deploying_the_champion_again_changes_nothing(context: Context, again: Again) -> None:
    deploy(context, request(1))
    answer = deploy(again(), request(1, override="again"))
    assert (answer.state, answer.changed) == ("champion", False)
    assert len(all_events(context)) == 1


def test_an_unknown_version_is_named_with_those_there_are(context: Context) -> None:
    with pytest.raises(NotFound, match=r"churn@9.*churn@3"):
        deploy(context, request(9))


def test_an_endpoint_is_named_by_a_name_and_not_by_a_path(context: Context) -> None:
    with pytest.raises(InvalidName):
        deploy(context, replace(request(1), endpoint="../churn"))


def test_a_damaged_bundle_is_not_deployed(context: Context, versions: list[ModelVersion]) -> None:
    (context.layout.bundles / versions[0].bundle / "model.txt").write_bytes(b"MODEL 1")
    with pytest.raises(BundleRefused, match="was changed"):
        deploy(context, request(1))
    assert all_events(context) == []


def test_a_key_with_another_request_is_refused(context: Context) -> None:
    deploy(context, request(1))
    with pytest.raises(Conflict, match="idempotency key"):
        deploy(context, replace(request(1), endpoint="other"))


def test_what_is_expected_of_an_empty_endpoint_is_a_conflict(context: Context) -> None:
    with pytest.raises(Conflict, match="Nothing answers"):
        deploy(context, request(1, expected="churn@2"))
