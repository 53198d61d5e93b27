from dataclasses import replace

import numpy as np

from everloop.evaluation.gates.rows_there import RowsThere

GOOD = np.array([[0.2, 0.8]])


def test_it_tells_which_rows_count_and_which_do_not(case_of_answers):
    case = case_of_answers(GOOD, GOOD, [1])
    material = replace(case.material, left_out={"too old": 1200}, doubled={"the same": 3}, notes=("note",))
    (verdict,) = RowsThere().judge(replace(case, material=material))
    assert verdict.verdict == "pass"
    assert "1 rows; not 1,200: too old; not 3: the same; note" in verdict.reason


def test_rows_that_were_all_learned_from_hold_back(case_of_answers):
    empty = np.empty((0, 2))
    case = case_of_answers(empty, empty, np.array([], int))
    material = replace(case.material, usable=7, doubled={"learned": 7})
    (verdict,) = RowsThere().judge(replace(case, material=material))
    assert verdict.verdict == "undecided"
    assert verdict.needed


def test_no_rows_yet_hold_nothing_back_by_themselves(case_of_answers):
    empty = np.empty((0, 2))
    assert RowsThere().judge(case_of_answers(empty, empty, np.array([], int)))[0].verdict == "pass"
