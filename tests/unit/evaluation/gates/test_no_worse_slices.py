import numpy as np
import pyarrow as pa
import pytest

from everloop.evaluation.gates.no_worse_slices import NoWorseSlices
from everloop.records.target import TargetRule

COUNT = 600
GROUP = np.array(["big"] * 500 + ["hurt"] * 90 + ["tiny"] * 10)
X = np.where(GROUP == "hurt", -1.0, 1.0)  # the candidate says yes above 0


def judged(case_of, bundles, ledger_rows, columns=("group",), **fields):
    from everloop.testing.linear_bundle import numbers

    rows = ledger_rows({"number.x": X, "category.group": GROUP}, ["yes"] * COUNT)
    always = bundles([[0.0, -1.0], [0.0, 1.0]], columns=numbers("x", "one"))  # says yes where `one` is 1
    rows = rows.append_column("number.one", pa.array(np.ones(COUNT)))
    return NoWorseSlices("", 0.05, columns).judge(case_of(rows=rows, champion=always, **fields))


def test_a_group_that_pays_for_the_others_fails(case_of, bundles, ledger_rows):
    found = {v.name: v for v in judged(case_of, bundles, ledger_rows)}
    assert {name: v.verdict for name, v in found.items()} == {
        "accuracy where group = big": "pass",
        "accuracy where group = hurt": "fail",
        "accuracy where group = tiny": "undecided",
    }


def test_a_group_that_is_too_small_holds_nothing_back(case_of, bundles, ledger_rows):
    found = {v.name: v.needed for v in judged(case_of, bundles, ledger_rows)}
    assert found["accuracy where group = tiny"] is False
    assert found["accuracy where group = hurt"] is True


def test_the_groups_share_the_chance_of_a_wrong_fail(case_of, bundles, ledger_rows):
    found = judged(case_of, bundles, ledger_rows)
    assert [v.inputs["policy.alpha_fail"] for v in found] == pytest.approx([0.005 / 3] * 3)


def test_a_column_that_no_row_has_is_told_and_holds_back(case_of, bundles, ledger_rows):
    (verdict,) = judged(case_of, bundles, ledger_rows, columns=("gruop",))
    assert (verdict.verdict, verdict.needed) == ("undecided", True)
    assert "no row of 600 has an input 'gruop'" in verdict.reason


def test_a_truth_that_reacts_is_left_to_the_rollout(case_of, bundles, ledger_rows):
    target = TargetRule(outcome="y", truth="reaction")
    assert not judged(case_of, bundles, ledger_rows, target=target)[0].needed
