from collections.abc import Callable

import pytest

from everloop.actions.context import Context
from everloop.actions.deploy import DeployRequest, deploy
from everloop.actions.queries.endpoints import EndpointQuery, show_endpoint
from everloop.actions.roll_back import RollBackRequest, roll_back
from everloop.errors import BundleRefused, Conflict, NotFound
from everloop.records.model_version import ModelVersion

pytestmark = pytest.mark.usefixtures("versions")

Again = Callable[[], Context]
ROLL_BACK = RollBackRequest(endpoint="churn", reason="complaints")


@pytest.fixture
def twice_overridden(context: Context, again: Again) -> Context:
    for number in (1, 2, 3):
        deploy(again(), DeployRequest(endpoint="churn", model="churn", version=number, override="newer"))
    return context


def test_the_version_before_answers_again(twice_overridden: Context, again: Again) -> None:
    answer = roll_back(again(), ROLL_BACK)
    assert (answer.before, answer.champion, answer.route_table) == ("churn@3", "churn@2", 4)
    assert show_endpoint(again(), EndpointQuery(endpoint="churn")).champion == "churn@2"


def test_rolling_back_twice_goes_two_versions_back(twice_overridden: Context, again: Again) -> None:
    roll_back(again(), ROLL_BACK)
    assert roll_back(again(), ROLL_BACK).champion == "churn@1"


def test_the_first_version_has_none_to_go_back_to(context: Context, again: Again) -> None:
    deploy(context, DeployRequest(endpoint="churn", model="churn", version=1))
    with pytest.raises(Conflict, match="there is none to go back to"):
        roll_back(again(), ROLL_BACK)


def test_a_retried_rollback_goes_back_once(twice_overridden: Context, again: Again) -> None:
    same = again()
    assert roll_back(same, ROLL_BACK) == roll_back(same, ROLL_BACK)
    assert show_endpoint(again(), EndpointQuery(endpoint="churn")).champion == "churn@2"


def test_a_rollback_of_what_no_longer_answers_is_refused(twice_overridden: Context, again: Again) -> None:
    with pytest.raises(Conflict, match="no longer churn@2"):
        roll_back(again(), RollBackRequest(endpoint="churn", expected="churn@2"))


def test_an_unknown_endpoint_is_named_with_those_there_are(twice_overridden: Context, again: Again) -> None:
    with pytest.raises(NotFound, match="Known: churn"):
        roll_back(again(), RollBackRequest(endpoint="nobody"))


def test_a_damaged_bundle_is_not_rolled_back_to(
    twice_overridden: Context, again: Again, versions: list[ModelVersion]
) -> None:
    (twice_overridden.layout.bundles / versions[1].bundle / "model.txt").write_bytes(b"MODEL 2")
    with pytest.raises(BundleRefused, match="was changed"):
        roll_back(again(), ROLL_BACK)
    assert show_endpoint(again(), EndpointQuery(endpoint="churn")).champion == "churn@3"
