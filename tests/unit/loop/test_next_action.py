"""Each state of a cycle, with each thing a tick can see: what happens next."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from everloop.loop.decision import Do, Move, Wait
from everloop.loop.next_action import approved_move, ended, next_action
from everloop.loop.sight import Failed, Fitted, Gated, Pending, Pinned, Reported, Sight, Watched
from everloop.records.actor import Actor
from everloop.records.cycle import Judged
from everloop.records.endpoint import VersionRef

START = datetime(2026, 1, 1, 12, tzinfo=UTC)
LATER = START + timedelta(minutes=1)
CHAMPION, CANDIDATE, OTHER = (VersionRef(model="churn", number=number) for number in (1, 2, 3))
ADA = Actor(kind="person", name="ada")
PENDING = Pending(since=START)
PINNED = Pinned(version=4, evaluate_from=START, detail="412 rows from the ledger")
FITTED = Fitted(runs=("r1", "r2"), candidates=(CANDIDATE, OTHER), errors=("one recipe failed",))
NONE_FITTED = Fitted(runs=("r1",), candidates=(), errors=("one class only",))
JUDGED = (Judged(candidate=CANDIDATE, verdicts=()),)


def gated(winner=None, undecided=False):
    return Gated(judged=JUDGED, winner=winner, undecided=undecided, reason="as it is", rows=100, more_rows=40)


@pytest.mark.parametrize(
    ("state", "work"), [("pinning", "pin"), ("fitting", "fit"), ("judging", "judge"), ("reporting", "report")]
)
def test_a_step_begins_with_its_work(cycle, state, work):
    assert next_action(cycle(state), Sight(champion=CHAMPION), LATER) == Do(work=work)


@pytest.mark.parametrize("state", ["pinning", "fitting", "judging", "reporting"])
def test_nothing_happens_while_the_work_is_done(cycle, state):
    assert isinstance(next_action(cycle(state), Sight(champion=CHAMPION, work=PENDING), LATER), Wait)


@pytest.mark.parametrize(
    ("state", "work", "action", "after"),
    [
        ("pinning", PINNED, "pin_data", {"state": "fitting", "data": 4, "evaluate_from": START}),
        (
            "fitting",
            FITTED,
            "fit_candidates",
            {"state": "judging", "runs": ("r1", "r2"), "candidates": (CANDIDATE, OTHER)},
        ),
        ("fitting", NONE_FITTED, "refuse_candidate", {"ending": "refused", "runs": ("r1",)}),
        ("judging", gated(CANDIDATE), "ask_for_approval", {"state": "waiting", "candidate": CANDIDATE}),
        ("judging", gated(), "refuse_candidate", {"state": "reporting", "ending": "refused"}),
        ("judging", gated(undecided=True), "gates_undecided", {"state": "judging", "gated_rows": 100}),
        ("reporting", Reported(report="d"), "close_cycle", {"state": "closed", "report": "d"}),
        ("reporting", Failed(reason="no paper"), "close_cycle", {"state": "closed", "report": ""}),
    ],
)
def test_done_work_moves_the_cycle_by_one_step(cycle, state, work, action, after):
    decision = next_action(cycle(state), Sight(champion=CHAMPION, work=work), LATER)
    assert isinstance(decision, Move)
    assert (decision.action, decision.traffic, decision.cycle.step) == (action, "stays", 4)
    assert {name: getattr(decision.cycle, name) for name in after} == after


def test_refits_that_all_gave_the_champion_again_end_with_nothing_new(cycle):
    told = "churn: churn@2 is churn@1 again: nothing changed"
    same = Fitted(runs=("r1",), candidates=(), errors=(told,), same=(CANDIDATE,))
    decision = next_action(cycle("fitting"), Sight(champion=CHAMPION, work=same), LATER)
    assert (decision.action, decision.cycle.ending) == ("find_nothing_new", "nothing_new")
    assert (decision.cycle.reason, decision.cycle.runs) == (told, ("r1",))
    beside = replace(same, errors=(told, "rival: it failed"))
    decision = next_action(cycle("fitting"), Sight(champion=CHAMPION, work=beside), LATER)
    assert decision.cycle.ending == "refused"


@pytest.mark.parametrize("state", ["pinning", "fitting", "judging"])
def test_work_that_cannot_be_done_ends_the_cycle(cycle, state):
    decision = next_action(cycle(state), Sight(champion=CHAMPION, work=Failed(reason="no memory")), LATER)
    assert (decision.action, decision.cycle.state) == ("fail_cycle", "reporting")
    assert (decision.cycle.ending, decision.cycle.reason) == ("failed", "no memory")


@pytest.mark.parametrize("state", ["pinning", "fitting", "judging", "waiting", "rolling"])
def test_another_champion_cancels_the_cycle_and_leaves_its_route_alone(cycle, state):
    decision = next_action(cycle(state, rolling_since=START), Sight(champion=OTHER), LATER)
    assert (decision.action, decision.cycle.ending, decision.traffic) == (
        "cancel_cycle",
        "cancelled",
        "stays",
    )


def test_another_champion_leaves_a_decided_cycle_its_report(cycle):
    reporting = cycle("reporting", ending="promoted")
    assert next_action(reporting, Sight(champion=OTHER), LATER) == Do(work="report")


def test_a_closed_cycle_rests(cycle):
    assert isinstance(next_action(cycle("closed", ending="refused"), Sight(champion=CHAMPION), LATER), Wait)


@pytest.mark.parametrize(
    ("mode", "approved", "action", "traffic"),
    [
        ("observe", None, "observe_candidate", "stays"),
        ("observe", ADA, "observe_candidate", "stays"),
        ("propose", None, "ask_for_approval", "stays"),
        ("propose", ADA, "start_rollout", "share"),
        ("act", None, "start_rollout", "share"),
    ],
)
def test_what_becomes_of_a_candidate_that_passed_is_the_modes_to_say(cycle, mode, approved, action, traffic):
    judging = cycle("judging", approved=approved)
    judging = replace(judging, policy=replace(judging.policy, mode=mode))
    decision = next_action(judging, Sight(champion=CHAMPION, work=gated(CANDIDATE)), LATER)
    assert (decision.action, decision.traffic) == (action, traffic)


def test_a_rollout_begins_at_its_first_step_and_bakes(cycle):
    move = approved_move(cycle("waiting", stage=1), LATER, "approved")
    assert (move.cycle.state, move.cycle.stage, move.traffic) == ("rolling", 0, "share")
    assert move.cycle.rolling_since == LATER


def test_undecided_gates_look_again_at_a_fifth_more_rows_and_not_before(cycle):
    judging = cycle("judging", judged=JUDGED, gated_rows=200)
    few, enough = (Sight(champion=CHAMPION, mature=rows) for rows in (239, 240))
    assert isinstance(next_action(judging, few, LATER), Wait)
    assert next_action(judging, enough, LATER) == Do(work="judge")


def test_undecided_gates_of_few_rows_look_again_at_twenty_more(cycle):
    judging = cycle("judging", judged=JUDGED, gated_rows=10)
    assert isinstance(next_action(judging, Sight(champion=CHAMPION, mature=29), LATER), Wait)
    assert next_action(judging, Sight(champion=CHAMPION, mature=30), LATER) == Do(work="judge")


@pytest.mark.parametrize("work", [None, gated(undecided=True)], ids=["waiting for rows", "looked again"])
def test_gates_that_stay_undecided_refuse_when_patience_ends(cycle, work):
    judging = cycle("judging", judged=JUDGED, gated_rows=100, reason="too few rows")
    sight = Sight(champion=CHAMPION, work=work, mature=100)
    assert isinstance(next_action(judging, replace(sight, work=None), START + timedelta(minutes=119)), Wait)
    decision = next_action(judging, sight, START + timedelta(hours=2))
    assert decision.cycle.ending == "refused"
    assert decision.why.startswith("still undecided after 2 h")


def test_undecided_gates_keep_the_time_since_when_they_look(cycle):
    sight = Sight(champion=CHAMPION, work=gated(undecided=True))
    assert next_action(cycle("judging"), sight, LATER).cycle.moved_at == START


def test_what_waits_goes_on_once_it_is_approved(cycle):
    assert isinstance(next_action(cycle("waiting"), Sight(champion=CHAMPION), LATER), Wait)
    decision = next_action(cycle("waiting", approved=ADA), Sight(champion=CHAMPION), LATER)
    assert (decision.action, decision.why) == ("start_rollout", "approved by ada")


def test_what_nobody_approves_is_refused_after_the_longest_wait(cycle):
    sight = Sight(champion=CHAMPION)
    assert next_action(cycle("waiting"), sight, LATER).until == START + timedelta(hours=5)
    assert next_action(cycle("waiting"), sight, START + timedelta(hours=5)).cycle.ending == "refused"


@pytest.mark.parametrize(
    ("state", "ending", "traffic"),
    [
        ("judging", "refused", "stays"),
        ("waiting", "refused", "stays"),
        ("rolling", "rolled_back", "back"),
        ("rolling", "failed", "back"),
        ("rolling", "cancelled", "stays"),
    ],
)
def test_an_ending_takes_back_the_traffic_that_a_candidate_has(cycle, state, ending, traffic):
    move = ended(cycle(state), ending, "so be it", LATER)
    assert (move.traffic, move.cycle.state, move.cycle.reason) == (traffic, "reporting", "so be it")


def test_the_same_sight_gives_the_same_decision(cycle):
    sight = Sight(champion=CHAMPION, work=PINNED, watched=Watched())
    assert next_action(cycle("pinning"), sight, LATER) == next_action(cycle("pinning"), sight, LATER)
