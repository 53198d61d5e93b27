from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pytest

from everloop.evaluation.baselines import baselines

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def test_of_classes_the_commonest_of_training_with_the_shares_of_all(case_of, ledger_rows):
    learned = pa.table({"x": [0.0] * 5, "y": ["yes", "no", "yes", "yes", None]})
    case = case_of(rows=ledger_rows({"number.x": [1.0, 2.0]}, ["no", "no"]), learned=learned)
    found = baselines(case)
    assert list(found) == ["always 'yes'"]
    assert found["always 'yes'"].values.tolist() == [1.0, 1.0]
    assert found["always 'yes'"].probabilities.tolist() == [[0.25, 0.75]] * 2


def regression(case_of, bundles, rows, learned, **fields):
    model = bundles([[1.0]], classes=())
    return case_of(rows=rows, learned=learned, candidate=model, champion=model, **fields)


def test_of_numbers_mean_and_median_of_training(case_of, bundles, ledger_rows):
    learned = pa.table({"x": [0.0] * 4, "y": [1.0, 2.0, 9.0, None]})
    case = regression(case_of, bundles, ledger_rows({"number.x": [1.0]}, [5.0]), learned)
    found = baselines(case)
    assert {name: answers.values.tolist() for name, answers in found.items()} == {
        "the mean, 4": [4.0],
        "the median, 2": [2.0],
    }


def test_of_rows_in_the_order_of_time_also_the_value_that_was_known_last(case_of, bundles, ledger_rows):
    learned = pa.table({"x": [0.0] * 2, "y": [1.0, 3.0]})
    moment = pa.timestamp("us", "UTC")
    known = [NOON + timedelta(minutes=m) for m in (1.5, 9.0, 2.5, 9.0)]  # served at 0, 1, 2 and 3
    rows = ledger_rows({"number.x": [0.0] * 4}, [10.0, 20.0, 30.0, 40.0], learned_at=pa.array(known, moment))
    case = regression(case_of, bundles, rows, learned, ordered=True)
    assert baselines(case)["the value before"].values.tolist() == [3.0, 3.0, 10.0, 30.0]


def test_without_a_truth_in_training_there_is_none(case_of, ledger_rows):
    learned = pa.table({"x": [0.0], "y": pa.array([None], pa.string())})
    case = case_of(rows=ledger_rows({"number.x": [1.0]}, ["no"]), learned=learned)
    assert baselines(case) == {}


@pytest.mark.parametrize("count", [0, 3])
def test_a_baseline_answers_every_row(case_of, ledger_rows, count):
    rows = ledger_rows({"number.x": [1.0] * count}, pa.array(["no"] * count, pa.string()))
    (found,) = baselines(case_of(rows=rows)).values()
    assert found.given.tolist() == [True] * count
