from everloop.evaluation.gates.another_bundle import AnotherBundle


def test_the_champions_own_bundle_is_nothing_new(case_of, ledger_rows):
    (verdict,) = AnotherBundle().judge(case_of(rows=ledger_rows({"number.x": [1.0]}, ["yes"])))
    assert verdict.verdict == "fail"
    assert "nothing changed: m@3 is the very bundle of champion m@2" in verdict.reason


def test_another_bundle_passes(case_of, ledger_rows):
    case = case_of(rows=ledger_rows({"number.x": [1.0]}, ["yes"]), champion="wrong")
    assert AnotherBundle().judge(case)[0].verdict == "pass"
