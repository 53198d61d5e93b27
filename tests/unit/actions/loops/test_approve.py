from dataclasses import replace
from datetime import timedelta

import pytest

from everloop.actions.approve import ApproveRequest, RejectRequest, approve, reject
from everloop.errors import Conflict
from everloop.records.actor import Actor
from everloop.records.cycle import Cycle
from everloop.records.endpoint import VersionRef
from everloop.records.event import Event
from everloop.records.routes import RouteTable

CANDIDATE = VersionRef(model="churn", number=2)


def newest(context, kind):
    with context.metadata.transaction() as transaction:
        return transaction.find(kind, newest=1)[0]


@pytest.mark.parametrize("state", ["pinning", "fitting", "judging", "waiting"])
def test_approval_may_come_before_the_gates_have_passed(looped, put, fresh, state):
    put(state=state)
    approve(fresh(), ApproveRequest(endpoint="churn", reason="looks good"))
    cycle, event = newest(looped, Cycle), newest(looped, Event)
    assert (cycle.approved, cycle.state, cycle.step) == (looped.actor, state, 3)
    assert (event.action, event.reason) == ("approve", "looks good")


def test_approving_twice_says_who_did_it_before_and_when(looped, put, fresh):
    put(state="waiting", candidate=CANDIDATE)
    first = approve(fresh(), ApproveRequest(endpoint="churn", candidate="churn@2"))
    looped.clock.advance(timedelta(hours=1))
    bert = replace(fresh(), actor=Actor(kind="person", name="bert"))
    again = approve(bert, ApproveRequest(endpoint="churn", candidate="churn@2"))
    assert (first.changed, again.changed) == (True, False)
    assert (again.by, again.at) == (looped.actor.name, looped.clock.now() - timedelta(hours=1))
    with looped.metadata.transaction() as transaction:
        assert len(transaction.find(Event, action="approve")) == 1


def test_what_rolls_out_approved_was_approved_already(looped, put, fresh):
    put(
        state="rolling", candidate=CANDIDATE, rolling_since=looped.clock.now(), approved=looped.actor
    )  # by whoever brought it
    again = approve(fresh(), ApproveRequest(endpoint="churn"))
    assert (again.changed, again.by, again.at) == (False, looped.actor.name, looped.clock.now())


@pytest.mark.parametrize("state", ["rolling", "reporting"])
def test_what_waits_for_nobody_cannot_be_approved(looped, put, fresh, state):
    put(state=state, candidate=CANDIDATE, rolling_since=looped.clock.now())
    with pytest.raises(Conflict, match="waits for nobody"):
        approve(fresh(), ApproveRequest(endpoint="churn"))


@pytest.mark.parametrize(("do", "request_of"), [(approve, ApproveRequest), (reject, RejectRequest)])
class TestBoth:
    def test_without_an_open_cycle_there_is_nothing_to_say(self, looped, put, fresh, do, request_of):
        put(state="closed", ending="refused")
        with pytest.raises(Conflict, match="No cycle is open"):
            do(fresh(), request_of(endpoint="churn"))

    def test_the_candidate_that_is_named_must_be_the_one_that_is_there(
        self, looped, put, fresh, do, request_of
    ):
        put(state="waiting", candidate=CANDIDATE)
        with pytest.raises(Conflict, match="churn@2 is at 'churn', not churn@3"):
            do(fresh(), request_of(endpoint="churn", candidate="churn@3"))


def test_a_rejected_candidate_loses_its_traffic(looped, put, fresh):
    put(state="rolling", candidate=CANDIDATE, rolling_since=looped.clock.now())
    reject(fresh(), RejectRequest(endpoint="churn", reason="it is rude"))
    cycle = newest(looped, Cycle)
    assert (cycle.state, cycle.ending) == ("reporting", "rolled_back")
    assert cycle.reason.endswith(": it is rude")
    assert [v.version for v in newest(looped, RouteTable).route("churn").variants] == [1]


@pytest.mark.parametrize("state", ["pinning", "fitting", "judging", "waiting"])
def test_a_cycle_that_is_rejected_before_its_rollout_is_refused(looped, put, fresh, state):
    put(state=state)
    reject(fresh(), RejectRequest(endpoint="churn"))
    assert newest(looped, Cycle).ending == "refused"


def test_a_cycle_that_has_ended_cannot_be_rejected(looped, put, fresh):
    put(state="reporting", ending="promoted")
    with pytest.raises(Conflict, match="has ended already: promoted"):
        reject(fresh(), RejectRequest(endpoint="churn"))
