import numpy as np

from everloop.evaluation.gates.answers_all import AnswersAll

GOOD, NONE = [0.2, 0.8], [np.nan, np.nan]


def test_a_row_that_only_the_champion_answers_fails(case_of_answers):
    (verdict,) = AnswersAll().judge(case_of_answers([GOOD, NONE, GOOD], [GOOD] * 3, [1, 1, 1]))
    assert verdict.verdict == "fail"
    assert "it has no answer to 1 of 3 rows that the champion answers" in verdict.reason


def test_a_row_that_nobody_answers_is_told(case_of_answers):
    (verdict,) = AnswersAll().judge(case_of_answers([GOOD, NONE], [GOOD, NONE], [1, 1]))
    assert verdict.verdict == "pass"
    assert "but for 1 that the champion does not answer either" in verdict.reason


def test_without_rows_it_says_nothing(case_of_answers):
    assert AnswersAll().judge(case_of_answers(np.empty((0, 2)), np.empty((0, 2)), np.array([], int))) == ()
