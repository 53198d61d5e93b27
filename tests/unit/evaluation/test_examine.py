import pyarrow as pa

from everloop.evaluation.examine import examine
from everloop.records.loop import GateRule

RULES = (GateRule(kind="no_worse", margin=0.05), GateRule(kind="size", limit=1e9))


def test_those_that_always_hold_come_first_then_the_declared_in_their_order(case_of, ledger_rows):
    rows = ledger_rows({"number.x": [1.0, -1.0]}, ["yes", "no"])
    codes = [verdict.gate for verdict in examine(case_of(rows=rows, champion="wrong"), RULES)]
    assert codes[:2] == ["E001", "E002"]
    assert codes[-2:] == ["E101", "E106"]


def test_nothing_else_is_asked_of_the_champion_itself(case_of, ledger_rows):
    rows = ledger_rows({"number.x": [1.0, -1.0]}, ["yes", "no"])
    assert [v.gate for v in examine(case_of(rows=rows), RULES)] == ["E001", "E002"]


def test_nothing_else_is_asked_of_one_that_answers_otherwise(case_of, bundles, ledger_rows):
    rows = ledger_rows({"number.x": [1.0, -1.0]}, ["yes", "no"])
    number = bundles([[1.0]], classes=())
    assert [v.gate for v in examine(case_of(rows=rows, candidate=number), RULES)] == ["E001", "E002"]


def test_nobody_is_compared_on_truths_of_one_class_alone(case_of, ledger_rows):
    learned = pa.table({"x": [0.0] * 4, "y": ["no", "yes"] * 2})
    rows = ledger_rows({"number.x": [float(x) for x in range(-20, 20)]}, ["no"] * 40)
    codes = [v.gate for v in examine(case_of(rows=rows, champion="wrong", learned=learned), RULES)]
    assert "E006" in codes
    assert not {"E009", "E101"} & set(codes)
