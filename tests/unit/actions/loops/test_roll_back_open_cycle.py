"""What a rollback does to a cycle that is open, and what it says of it."""

import pytest

from everloop.actions.deploy import DeployRequest, deploy
from everloop.actions.queries.endpoints import EndpointQuery, show_endpoint
from everloop.actions.roll_back import RollBackRequest, roll_back
from everloop.errors import Conflict
from everloop.records.cycle import Cycle
from everloop.records.endpoint import VersionRef

SECOND, THIRD = (VersionRef(model="churn", number=n) for n in (2, 3))
ROLL_BACK = RollBackRequest(endpoint="churn")


def newest_cycle(context):
    with context.metadata.transaction() as transaction:
        return transaction.find(Cycle, endpoint="churn", newest=1)[0]


def test_of_a_rollout_it_says_that_the_champion_was_the_champion_all_along(looped, put, fresh):
    put(state="rolling", candidate=SECOND, rolling_since=looped.clock.now())
    assert roll_back(fresh(), ROLL_BACK).lines() == [
        "The rollout of churn@2 (cycle churn.1) is ended; churn@1 goes on answering."
    ]
    assert newest_cycle(looped).ending == "rolled_back"


@pytest.mark.parametrize(
    ("state", "candidate", "told"),
    [("waiting", THIRD, "churn@3, waiting"), ("judging", None, "judging"), ("fitting", None, "fitting")],
)
def test_of_the_champion_it_names_the_cycle_that_is_cancelled(
    looped, put, fresh, tick, state, candidate, told
):
    deploy(fresh(), DeployRequest(endpoint="churn", model="churn", version=2, override="newer"))
    put(state=state, champion=SECOND, candidate=candidate)
    assert roll_back(fresh(), ROLL_BACK).lines() == [
        "churn@1 answers at churn again, instead of churn@2.",
        f"Cycle churn.1 ({told}) is cancelled.",
    ]
    tick()
    assert newest_cycle(looped).ending == "cancelled"


def test_a_cycle_that_is_decided_already_is_not_cancelled(looped, put, fresh):
    deploy(fresh(), DeployRequest(endpoint="churn", model="churn", version=2, override="newer"))
    put(state="reporting", ending="refused", champion=SECOND, candidate=THIRD)
    assert roll_back(fresh(), ROLL_BACK).lines() == ["churn@1 answers at churn again, instead of churn@2."]


def test_with_nothing_to_go_back_to_it_names_the_cycle_that_goes_on(looped, put, fresh):
    put(state="waiting", candidate=SECOND)
    with pytest.raises(
        Conflict, match=r"none to go back to\. Cycle churn\.1 goes on: it is waiting"
    ) as refused:
        roll_back(fresh(), ROLL_BACK)
    assert "everloop reject churn" in refused.value.remedy
    assert newest_cycle(looped).state == "waiting"
    assert show_endpoint(fresh(), EndpointQuery(endpoint="churn")).champion == "churn@1"
