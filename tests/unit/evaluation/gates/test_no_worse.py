import numpy as np
import pytest

from everloop.errors import InvalidRequest
from everloop.evaluation.gates.no_worse import NoWorse
from everloop.evaluation.metric import metric_of
from everloop.records.target import TargetRule

REACTION = TargetRule(outcome="y", truth="reaction")


def chances(right):
    """Probabilities of two classes for rows whose truth is 1."""
    return np.eye(2)[np.asarray(right, dtype=int)]


def series(count, wrong_at):
    right = np.ones(count, dtype=bool)
    right[wrong_at] = False
    return chances(right)


def judged(case, margin=0.05):
    return NoWorse("", margin).judge(case)


def test_equal_answers_pass_after_enough_rows(case_of_answers):
    same = chances([1] * 400)
    (verdict,) = judged(case_of_answers(same, same, [1] * 400))
    assert (verdict.verdict, verdict.gate, verdict.policy, verdict.name) == (
        "pass",
        "E101",
        "G001",
        "accuracy against the champion",
    )
    assert "the champion m@2" in verdict.reason


def test_few_rows_are_undecided_and_it_says_how_many_more(case_of_answers):
    same = chances([1] * 20)
    (verdict,) = judged(case_of_answers(same, same, [1] * 20))
    assert verdict.verdict == "undecided"
    assert 20 < verdict.more_rows < 200


def test_a_worse_one_fails(case_of_answers):
    (verdict,) = judged(case_of_answers(series(300, slice(0, 60)), chances([1] * 300), [1] * 300))
    assert verdict.verdict == "fail"


def test_without_rows_it_is_undecided(case_of_answers):
    empty = np.empty((0, 2))
    (verdict,) = judged(case_of_answers(empty, empty, np.array([], int)))
    assert (verdict.verdict, verdict.needed) == ("undecided", True)


def test_small_losses_do_not_add_up_because_the_anchor_is_compared_too(case_of_answers):
    count = 2000
    anchor, champion = chances([1] * count), series(count, slice(0, 80))
    candidate = series(count, slice(0, 120))
    case = case_of_answers(candidate, champion, [1] * count, anchor=anchor)
    against_champion, against_anchor = judged(case)
    assert against_champion.value == pytest.approx(-0.02)
    assert (against_anchor.verdict, against_anchor.value) == ("fail", pytest.approx(-0.06))
    assert "the anchor m@1" in against_anchor.reason
    assert (against_champion.name, against_anchor.name) == (
        "accuracy against the champion",
        "accuracy against the anchor",
    )


def test_the_anchor_is_tested_fifty_times_as_strictly(case_of_answers):
    same = chances([1] * 10)
    case = case_of_answers(same, same, [1] * 10, anchor=same, rivals=2)
    alphas = [verdict.inputs["policy.alpha"] for verdict in judged(case)]
    assert alphas == [pytest.approx(0.025), pytest.approx(0.0005)]


def test_a_truth_that_reacts_to_the_answer_is_left_to_the_rollout(case_of_answers):
    from dataclasses import replace

    same = chances([1] * 400)
    (verdict,) = judged(replace(case_of_answers(same, same, [1] * 400), target=REACTION))
    assert (verdict.verdict, verdict.needed) == ("undecided", False)
    assert "only randomised traffic can tell, and the rollout will" in verdict.reason


def test_an_empty_metric_is_that_of_the_task(case_of_answers):
    assert metric_of("", case_of_answers(chances([1]), chances([1]), [1])) == "accuracy"
    assert metric_of("", case_of_answers([1.0], [1.0], [1.0], classes=())) == "mae"


@pytest.mark.parametrize("name", ["mae", "acuracy"])
def test_a_metric_that_does_not_fit_is_refused(case_of_answers, name):
    with pytest.raises(InvalidRequest):
        metric_of(name, case_of_answers(chances([1]), chances([1]), [1]))


def test_an_anchor_of_another_task_is_not_compared(case_of, bundles, ledger_rows):
    rows = ledger_rows({"number.x": [1.0, -1.0]}, ["yes", "no"])
    case = case_of(rows=rows, candidate="wrong", champion="right", anchor=bundles([[1.0]], classes=()))
    assert [verdict.inputs["against"] for verdict in judged(case)] == ["the champion m@2"]
