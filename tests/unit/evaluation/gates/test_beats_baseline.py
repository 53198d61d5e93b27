import numpy as np
import pyarrow as pa
import pytest

from everloop.evaluation.gates.beats_baseline import BeatsBaseline
from everloop.records.target import TargetRule

X = [float(x) for x in np.tile([-1, 1, 2], 100)]
TRUTH = ["yes" if x > 0 else "no" for x in X]


def verdicts(case, metric=""):
    return [(v.verdict, v.reason) for v in BeatsBaseline(metric).judge(case)]


def test_a_model_that_is_right_beats_the_commonest_class(case_of, ledger_rows):
    learned = pa.table({"x": [0.0] * 3, "y": ["yes", "yes", "no"]})
    ((verdict, reason),) = verdicts(case_of(rows=ledger_rows({"number.x": X}, TRUTH), learned=learned))
    assert verdict == "pass"
    assert "better than saying always 'yes'" in reason


def test_the_baseline_comes_from_training_even_where_it_serves_badly(case_of, ledger_rows):
    learned = pa.table({"x": [0.0] * 3, "y": ["no", "no", "yes"]})
    ((_, reason),) = verdicts(case_of(rows=ledger_rows({"number.x": X}, TRUTH), learned=learned))
    assert "always 'no'" in reason


@pytest.mark.parametrize(("model", "verdict"), [("wrong", "fail"), ("constant", "undecided")])
def test_a_model_that_is_no_better_does_not_pass(case_of, ledger_rows, model, verdict):
    learned = pa.table({"x": [0.0] * 3, "y": ["no", "no", "yes"]})
    case = case_of(rows=ledger_rows({"number.x": X}, TRUTH), candidate=model, learned=learned)
    assert verdicts(case)[0][0] == verdict


def test_of_numbers_it_must_beat_mean_and_median(case_of, bundles, ledger_rows):
    values = np.random.default_rng(0).normal(size=300)
    learned = pa.table({"x": values, "y": values * 2})
    right, lost = bundles([[2.0]], classes=()), bundles([[-2.0]], classes=())
    rows = ledger_rows({"number.x": values}, (values * 2).tolist())
    good = verdicts(case_of(rows=rows, candidate=right, champion=right, learned=learned))
    bad = verdicts(case_of(rows=rows, candidate=lost, champion=right, learned=learned))
    assert [v for v, _ in good] == ["pass", "pass"]
    assert [v for v, _ in bad] == ["fail", "fail"]


def test_probabilities_are_compared_with_the_shares_of_training(case_of, ledger_rows):
    learned = pa.table({"x": [0.0] * 3, "y": ["yes", "yes", "no"]})
    case = case_of(rows=ledger_rows({"number.x": [x * 9 for x in X]}, TRUTH), learned=learned)
    assert verdicts(case, "log_loss")[0][0] == "pass"


def test_it_counts_for_a_truth_that_reacts_too(case_of, ledger_rows):
    target = TargetRule(outcome="y", truth="reaction")
    learned = pa.table({"x": [0.0] * 3, "y": ["yes", "yes", "no"]})
    case = case_of(rows=ledger_rows({"number.x": X}, TRUTH), learned=learned, target=target)
    assert verdicts(case)[0][0] == "pass"


def test_without_a_truth_in_training_it_fails(case_of, ledger_rows):
    learned = pa.table({"x": [0.0], "y": pa.array([None], pa.string())})
    case = case_of(rows=ledger_rows({"number.x": X}, TRUTH), learned=learned)
    ((verdict, reason),) = verdicts(case)
    assert verdict == "fail"
    assert "its training window has no truth to learn a baseline from" in reason
