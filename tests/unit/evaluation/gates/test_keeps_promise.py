import numpy as np
import pytest

from everloop.evaluation.gates.keeps_promise import KeepsPromise

TRUTH = np.tile([0, 1], 200)


def right(share):
    """Probabilities that are right on this share of the rows."""
    wrong = np.arange(400) >= share * 400
    return np.eye(2)[np.where(wrong, 1 - TRUTH, TRUTH)]


def judged(case_of_answers, ours, theirs, promised, theirs_promised):
    from dataclasses import replace

    case = case_of_answers(right(ours), right(theirs), TRUTH)
    return KeepsPromise().judge(
        replace(
            case,
            candidate=replace(case.candidate, metrics=promised),
            champion=replace(case.champion, metrics=theirs_promised),
        )
    )


@pytest.mark.parametrize(
    ("ours", "promised", "theirs", "theirs_promised", "verdict"),
    [
        (0.7, 0.99, 0.85, 0.86, "fail"),
        (0.9, 0.95, 0.85, 0.86, "pass"),
        (0.7, 0.99, 0.65, 0.97, "pass"),  # the world moved: the champion fell as far
        (0.9, 0.8, 0.85, 0.86, "pass"),  # better than promised
    ],
)
def test_far_worse_than_promised_fails_where_the_champion_is_not(
    case_of_answers, ours, promised, theirs, theirs_promised, verdict
):
    (found,) = judged(case_of_answers, ours, theirs, {"accuracy": promised}, {"accuracy": theirs_promised})
    assert found.verdict == verdict
    assert f"its test said {promised:.3g}, 400 served rows say {ours:.3g}" in found.reason


def test_without_a_score_to_compare_with_it_says_nothing(case_of_answers):
    assert judged(case_of_answers, 0.7, 0.9, {}, {"accuracy": 0.9}) == ()
    assert judged(case_of_answers, 0.7, 0.9, {"accuracy": 0.9}, {}) == ()


def test_numbers_are_judged_by_how_much_their_error_grew(case_of_answers):
    from dataclasses import replace

    truth = np.random.default_rng(0).normal(size=400)
    off = np.abs(np.random.default_rng(1).normal(size=400)) * 1.2533  # a mean error of 1

    def verdict(ours, promised, theirs):
        case = case_of_answers(truth + ours * off, truth + theirs * off, truth, classes=())
        case = replace(
            case,
            candidate=replace(case.candidate, metrics={"mae": promised}),
            champion=replace(case.champion, metrics={"mae": 1.0}),
        )
        return KeepsPromise().judge(case)[0].verdict

    assert verdict(3.0, 1.0, 1.0) == "fail"
    assert verdict(3.0, 1.0, 3.0) == "pass"
    assert verdict(1.2, 1.0, 1.0) == "pass"
