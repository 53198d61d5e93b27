import numpy as np

from everloop.evaluation.contender import Answers
from everloop.evaluation.gates.beats_decisions import BeatsDecisions
from everloop.records.target import TargetRule

X = [float(x) for x in np.tile([-1, 1], 200)]
TRUTH = ["yes" if x > 0 else "no" for x in X]


def people(right, given=1.0):
    truth = (np.array(X) > 0).astype(float)
    wrong = np.arange(len(X)) >= right * len(X)
    return Answers(values=np.where(wrong, 1 - truth, truth), given=np.arange(len(X)) < given * len(X))


def judged(case_of, ledger_rows, decisions, **fields):
    rows = ledger_rows({"number.x": X}, TRUTH)
    return BeatsDecisions("", "clerk").judge(case_of(rows=rows, decisions=decisions, **fields))[0]


def test_a_model_that_is_more_often_right_than_people_passes(case_of, ledger_rows):
    verdict = judged(case_of, ledger_rows, {"clerk": people(0.8)})
    assert verdict.verdict == "pass"
    assert "people's own 'clerk'" in verdict.reason


def test_one_that_is_less_often_right_fails(case_of, ledger_rows):
    assert judged(case_of, ledger_rows, {"clerk": people(1.0)}, candidate="wrong").verdict == "fail"


def test_only_rows_that_people_decided_count(case_of, ledger_rows):
    verdict = judged(case_of, ledger_rows, {"clerk": people(0.0, given=0.25)})
    assert verdict.rows == 100


def test_without_a_decision_it_is_undecided_and_says_what_was_looked_for(case_of, ledger_rows):
    verdict = judged(case_of, ledger_rows, {})
    assert (verdict.verdict, verdict.needed) == ("undecided", True)
    assert "'clerk' is no input of theirs and no outcome" in verdict.reason


def test_a_truth_that_reacts_is_left_to_the_rollout(case_of, ledger_rows):
    target = TargetRule(outcome="y", truth="reaction")
    assert not judged(case_of, ledger_rows, {"clerk": people(0.8)}, target=target).needed
