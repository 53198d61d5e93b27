from dataclasses import replace
from datetime import timedelta

import pytest

from everloop.actions.deploy import DeployRequest, deploy
from everloop.actions.propose import ProposeRequest, propose
from everloop.actions.roll_back import RollBackRequest, roll_back
from everloop.errors import Conflict, NotFound
from everloop.jobs.leased import LeasedJobs
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


STATES = ["pinning", "fitting", "judging", "waiting", "rolling"]


@pytest.mark.parametrize("state", STATES)
def test_a_candidate_that_is_on_its_way_is_not_pushed_aside(looped, fresh, put, state):
    put(state=state, candidate=VersionRef(model="churn", number=3), rolling_since=looped.clock.now())
    with pytest.raises(Conflict, match="churn@3 is on the way at 'churn' already") as refused:
        propose(fresh(), request_for(2))
    assert "everloop reject churn" in refused.value.remedy
    assert "everloop propose churn@2 churn --replace" in refused.value.remedy
    assert len(cycles_of(looped)) == 1


def test_deploying_pushes_no_candidate_aside_either(looped, fresh):
    propose(fresh(), request_for(2))
    with pytest.raises(Conflict, match="churn@2 is on the way"):
        deploy(fresh(), DeployRequest(endpoint="churn", model="churn", version=3))


@pytest.mark.parametrize("state", STATES)
def test_asked_to_a_proposal_takes_the_place_of_another_and_says_so(looped, fresh, put, state):
    put(state=state, candidate=VersionRef(model="churn", number=3), rolling_since=looped.clock.now())
    answer = propose(fresh(), replace(request_for(2), replace=True))
    first, second = cycles_of(looped)
    assert (answer.cycle, answer.replaced) == ("churn.2", "churn@3")
    assert (first.state, first.ending) == (
        "reporting",
        "rolled_back" if state == "rolling" else "cancelled",
    )
    assert first.reason.startswith("churn@2 was proposed in its place by")
    assert (second.state, second.candidate) == ("judging", CANDIDATE)
    with looped.metadata.transaction() as transaction:
        (event,) = transaction.find(Event, newest=1)
    assert (event.action, event.after["replaced"], event.after["replaced_cycle"]) == (
        "propose",
        "churn@3",
        "churn.1",
    )
    assert event.reason == "it is smaller; in the place of churn@3"


def test_what_is_replaced_while_it_rolls_out_loses_its_traffic(looped, fresh, put):
    put(state="rolling", candidate=VersionRef(model="churn", number=3), rolling_since=looped.clock.now())
    propose(fresh(), replace(request_for(2), replace=True))
    with looped.metadata.transaction() as transaction:
        (table,) = transaction.find(RouteTable, newest=1)
    assert [(v.version, v.share) for v in table.route("churn").variants] == [(1, 1.0)]


def test_proposing_the_same_again_changes_nothing(looped, fresh):
    first = propose(fresh(), request_for(2))
    again = propose(fresh(), replace(request_for(2), replace=True))
    assert (again.cycle, again.changed, first.changed) == (first.cycle, False, True)
    assert len(cycles_of(looped)) == 1


def test_a_decided_cycle_still_gets_its_report_when_another_is_proposed(looped, fresh, put, tick):
    put(state="reporting", ending="promoted", reason="shown")
    propose(fresh(), request_for(2))
    first, second = cycles_of(looped)
    assert (first.state, second.state) == ("reporting", "judging")
    queue = LeasedJobs(looped.metadata, looped.clock)
    tick()
    job = queue.claim("t/1", timedelta(minutes=1), kinds=["report"])
    queue.finish(job.key, "t/1", {"report": "abc"})
    tick()
    first, second = cycles_of(looped)
    assert (first.state, first.ending, first.report) == ("closed", "promoted", "abc")
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
