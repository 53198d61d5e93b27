import pytest

from everloop.actions.deploy import DeployRequest, deploy
from everloop.actions.propose import ProposeRequest, propose
from everloop.actions.roll_back import RollBackRequest, roll_back
from everloop.errors import Conflict, NotFound
from everloop.records.cycle import Cycle
from everloop.records.endpoint import VersionRef
from everloop.records.event import Event
from everloop.records.routes import RouteTable

CANDIDATE = VersionRef(model="churn", number=2)


def cycles_of(context):
    with context.metadata.transaction() as transaction:
        return transaction.find(Cycle)


def request_for(version):
    return ProposeRequest(endpoint="churn", model="churn", version=version, reason="it is smaller")


def test_a_proposal_goes_to_its_gates_approved_by_whoever_brought_it(looped, fresh):
    propose(fresh(), request_for(2))
    (cycle,) = cycles_of(looped)
    assert (cycle.state, cycle.candidate, cycle.candidates) == ("judging", CANDIDATE, (CANDIDATE,))
    assert cycle.approved == looped.actor
    assert (cycle.loop, cycle.policy.gates[0].kind) == ("keeper", "no_worse")
    assert cycle.causes[0].detail == "it is smaller"


def test_without_a_loop_a_proposal_is_gated_all_the_same(answering, fresh):
    propose(fresh(), request_for(2))
    (cycle,) = cycles_of(answering)
    assert (cycle.loop, cycle.policy.mode) == ("", "act")
    assert [gate.kind for gate in cycle.policy.gates] == ["no_worse"]


def test_the_champion_cannot_be_proposed(looped, fresh):
    with pytest.raises(Conflict, match="answers at 'churn' already"):
        propose(fresh(), request_for(1))


def test_an_unknown_version_is_refused(looped, fresh):
    with pytest.raises(NotFound, match="churn@9"):
        propose(fresh(), request_for(9))


@pytest.mark.parametrize("state", ["judging", "waiting"])
def test_a_proposal_takes_the_place_of_one_that_still_waits(looped, fresh, put, state):
    propose(fresh(), request_for(2))
    propose(fresh(), request_for(3))
    first, second = cycles_of(looped)
    assert (first.state, first.ending) == ("closed", "cancelled")
    assert (second.number, second.candidate.number) == (2, 3)


@pytest.mark.parametrize("state", ["pinning", "fitting", "judging", "waiting", "rolling"])
def test_a_cycle_of_the_loop_is_not_pushed_aside(looped, fresh, put, state):
    put(state=state, candidate=VersionRef(model="churn", number=3), rolling_since=looped.clock.now())
    with pytest.raises(Conflict, match=f"churn.1 is open at 'churn': {state}"):
        propose(fresh(), request_for(2))
    assert len(cycles_of(looped)) == 1


def test_a_report_that_is_still_to_be_written_holds_no_proposal_up(looped, fresh, put):
    put(state="reporting", ending="promoted", reason="shown")
    propose(fresh(), request_for(2))
    first, second = cycles_of(looped)
    assert (first.state, first.ending, first.reason) == ("closed", "promoted", "shown")
    assert second.state == "judging"


def test_an_override_ends_the_rollout_whose_traffic_it_takes(looped, fresh, put):
    put(state="rolling", candidate=CANDIDATE, rolling_since=looped.clock.now())
    request = DeployRequest(endpoint="churn", model="churn", version=3, override="the auditor wants it")
    deploy(fresh(), request)
    (cycle,) = cycles_of(looped)
    assert (cycle.state, cycle.ending) == ("reporting", "cancelled")
    assert cycle.reason == "churn@3 was put in the champion's place: the auditor wants it"
    with looped.metadata.transaction() as transaction:
        (event,) = transaction.find(Event, newest=1)
        (table,) = transaction.find(RouteTable, newest=1)
    assert event.after["cancelled"] == "churn.1"
    assert [(v.version, v.share) for v in table.route("churn").variants] == [(3, 1.0)]


def test_right_after_an_override_the_endpoint_can_be_rolled_back(looped, fresh, put):
    put(state="rolling", candidate=CANDIDATE, rolling_since=looped.clock.now())
    deploy(fresh(), DeployRequest(endpoint="churn", model="churn", version=3, override="a try"))
    assert roll_back(fresh(), RollBackRequest(endpoint="churn")).champion == "churn@1"


def test_an_override_leaves_a_decided_cycle_its_ending(looped, fresh, put):
    put(state="reporting", ending="refused", reason="worse")
    deploy(fresh(), DeployRequest(endpoint="churn", model="churn", version=3, override="a try"))
    (cycle,) = cycles_of(looped)
    assert (cycle.ending, cycle.reason) == ("refused", "worse")
