import pyarrow as pa

from everloop.evaluation.gates.not_constant import NotConstant

LEARNED = pa.table({"x": [-1.0, 1.0, 3.0], "y": ["no", "yes", "yes"]})


def judged(case_of, rows, candidate, champion, learned=LEARNED):
    (verdict,) = NotConstant().judge(
        case_of(rows=rows, candidate=candidate, champion=champion, learned=learned)
    )
    return verdict


def test_the_same_answer_to_all_that_it_learned_from_fails(case_of, ledger_rows):
    rows = ledger_rows({"number.x": []}, pa.array([], pa.string()))
    verdict = judged(case_of, rows, "constant", "right")
    assert verdict.verdict == "fail"
    assert "it says the same to 3 of the rows that it learned from, the champion does not" in verdict.reason


def test_where_the_champion_is_a_constant_too_it_passes(case_of, ledger_rows):
    assert judged(case_of, ledger_rows({"number.x": [1.0]}, ["no"]), "constant", "constant").verdict == "pass"


def test_the_same_answer_to_all_that_was_served_fails(case_of, bundles, ledger_rows):
    from everloop.testing.linear_bundle import numbers

    columns = (*numbers("x"), *numbers("z"))
    learned = pa.table({"x": [1.0, 2.0], "z": [3.0, 9.0], "y": ["no", "yes"]})
    blind = bundles([[0.0, 0.0], [0.0, 1.0]], columns=columns)
    rows = ledger_rows({"number.x": [float(i) for i in range(30)], "number.z": [5.0] * 30}, ["no"] * 30)
    verdict = judged(case_of, rows, blind, "right", learned)
    assert "it says the same to all 30 served rows, the champion does not" in verdict.reason


def test_few_served_rows_may_all_be_alike(case_of, ledger_rows):
    rows = ledger_rows({"number.x": [2.0] * 29}, ["no"] * 29)
    assert judged(case_of, rows, "wrong", "right").verdict == "pass"
