import pyarrow as pa
import pytest

from everloop.evaluation.gates.truth_varies import TruthVaries

HALF = pa.table({"x": [0.0] * 10, "y": ["no", "yes"] * 5})


def judged(case_of, rows, learned=HALF):
    return TruthVaries().judge(case_of(rows=rows, learned=learned))


def same(ledger_rows, count):
    return ledger_rows({"number.x": [1.0] * count}, ["no"] * count)


def test_one_truth_in_all_rows_holds_back_where_it_is_no_chance(case_of, ledger_rows):
    (verdict,) = judged(case_of, same(ledger_rows, 10))  # 1 in 1,024
    assert verdict.verdict == "undecided"
    assert "all 10 rows have the truth 'no'; in the champion's training 50% had another" in verdict.reason


def test_a_few_may_be_alike_by_chance(case_of, ledger_rows):
    assert judged(case_of, same(ledger_rows, 9))[0].verdict == "pass"


def test_of_a_rare_class_many_rows_may_hold_none(case_of, ledger_rows):
    rare = pa.table({"x": [0.0] * 1000, "y": ["yes"] + ["no"] * 999})
    assert judged(case_of, same(ledger_rows, 500), rare)[0].verdict == "pass"


def test_truths_that_differ_pass(case_of, ledger_rows):
    assert judged(case_of, ledger_rows({"number.x": [1.0, 2.0]}, ["no", "yes"]))[0].verdict == "pass"


def test_numbers_that_are_all_one_hold_back(case_of, bundles, ledger_rows):
    model = bundles([[1.0]], classes=())
    learned = pa.table({"x": [0.0] * 4, "y": [1.0, 2.0, 3.0, 4.0]})
    case = case_of(
        rows=ledger_rows({"number.x": [1.0] * 9}, [2.0] * 9), candidate=model, champion=model, learned=learned
    )
    assert TruthVaries().judge(case)[0].verdict == "undecided"


@pytest.mark.parametrize("count", [0])
def test_without_rows_it_says_nothing(case_of, ledger_rows, count):
    rows = ledger_rows({"number.x": []}, pa.array([], pa.string()))
    assert judged(case_of, rows) == ()
