"""What the loop was worth: rows whose answers are known by hand, the first model a real bundle."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pyarrow as pa
import pytest
from scipy import stats

from everloop.bundles.door import open_bundle
from everloop.records.endpoint import VersionRef
from everloop.testing.linear_bundle import linear_bundle, numbers
from everloop.workspace.rehearsal_worth import scores

FIRST = VersionRef(model="m", number=1)
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
YES_ABOVE_0 = ([0.0], [1.0])


def joined(inputs, output, truth, **columns) -> pa.Table:
    """As `Ledger.joined` gives it; a truth of None is not known yet."""
    count = len(truth)
    served = pa.array([NOON + timedelta(minutes=n) for n in range(count)], pa.timestamp("us", "UTC"))
    return pa.table(
        {
            "id": [f"p{n:05}" for n in range(count)],
            "served_at": served,
            "mature": [value is not None for value in truth],
            "number.x": pa.array(inputs, pa.float64()),
            "output": output,
            "truth": truth,
            **columns,
        }
    )


@pytest.fixture
def found(tmp_path):
    """The scores of rows beside those of a first model with these weights."""

    def of(rows, weights=YES_ABOVE_0, classes=("no", "yes")):
        bundle = open_bundle(tmp_path, linear_bundle(tmp_path, numbers("x"), weights, classes=classes))
        return scores(rows, bundle, FIRST)

    return of


def test_both_are_counted_on_the_same_rows(found):
    """The truth is yes; the first model says so to the 60 above 0 of 100, and 90 were answered right."""
    inputs = [1.0] * 60 + [-1.0] * 40
    worth = found(joined(inputs, ["yes"] * 90 + ["no"] * 10, ["yes"] * 100)).worth("m@1")
    assert (worth.metric, worth.rows, worth.shown) == ("accuracy", 100, "better")
    assert (worth.frozen.value, worth.served.value) == (0.6, 0.9)
    assert worth.gain.value == pytest.approx(0.3)
    assert 0.2 < worth.gain.low < 0.3 < worth.gain.high < 0.4
    assert "90.0% right; m@1, never replaced: 60.0% right, on the same 100 rows" in worth.line()
    assert "The loop made it better: accuracy +30.0 points [+" in worth.line()


def test_answers_that_the_first_model_would_have_given_too_show_no_difference(found):
    inputs = [1.0, -1.0] * 50
    worth = found(joined(inputs, ["yes", "no"] * 50, ["yes"] * 100)).worth("m@1")
    assert (worth.gain.value, worth.shown) == (0.0, "no difference")
    assert worth.gain.low < 0 < worth.gain.high
    assert "No difference shown" in worth.line()


def test_a_loop_that_made_it_worse_is_told_so(found):
    worth = found(joined([1.0] * 100, ["yes"] * 70 + ["no"] * 30, ["yes"] * 100)).worth("m@1")
    assert worth.shown == "worse"
    assert "The loop made it worse: accuracy -30.0 points" in worth.line()


def test_errors_are_compared_row_by_row_with_students_interval(found):
    """The first model answers x; the truth is 10, and what was served was off by 1 or 2."""
    inputs = [6.0, 7.0] * 50
    rows = joined(inputs, [11.0, 12.0, 9.0, 8.0] * 25, [10.0] * 100)
    worth = found(rows, weights=([1.0],), classes=()).worth("m@1")
    gains = np.array([4.0, 3.0] * 50) - np.array([1.0, 2.0] * 50)
    expected = stats.t.interval(0.95, 99, gains.mean(), stats.sem(gains))
    assert (worth.metric, worth.frozen.value, worth.served.value) == ("mae", 3.5, 1.5)
    assert (worth.gain.low, worth.gain.high) == pytest.approx(expected)
    assert "The loop made it better: mae smaller by 2 [" in worth.line()


def test_rows_without_a_truth_or_an_answer_count_for_neither(found):
    rows = joined(
        [1.0] * 6, ["yes", "yes", None, "yes", "no", "no"], ["yes", None, "yes", "yes", "yes", "no"]
    )
    scored = found(rows)
    assert scored.known.tolist() == [True, False, False, True, True, True]
    assert (scored.worth("m@1").rows, scored.worth("m@1").served.value) == (4, 0.75)


def test_what_the_first_model_cannot_answer_it_has_wrong(found):
    """A row without its input, and a class that came later."""
    rows = joined([None, 1.0, 1.0], ["yes", "maybe", "yes"], ["yes", "maybe", "yes"])
    scored = found(rows)
    assert scored.served.tolist() == [1.0, 1.0, 1.0]
    assert scored.frozen.tolist() == [0.0, 0.0, 1.0]


def test_of_a_number_that_it_cannot_answer_it_is_as_far_off_as_the_worst(found):
    rows = joined([None, 6.0], [3.0, 10.0], [10.0, 10.0])
    assert found(rows, weights=([1.0],), classes=()).frozen.tolist() == [7.0, 4.0]


def test_without_truths_nothing_is_said(found):
    assert found(joined([1.0] * 3, ["yes"] * 3, pa.nulls(3, pa.string()))).worth("m@1") is None
