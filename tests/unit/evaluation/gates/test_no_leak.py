import numpy as np
import pyarrow as pa

from everloop.evaluation.gates.no_leak import NoLeak
from everloop.testing.linear_bundle import numbers

COLUMNS = (*numbers("x"), *numbers("late", nullable=True))
TRUTH = np.random.default_rng(3).integers(0, 2, 400)
NAMES = np.array(["no", "yes"])


def learned(late, truth=TRUTH):
    noise = np.random.default_rng(4).normal(size=len(truth))
    return pa.table({"x": noise, "late": late, "y": NAMES[truth]})


def judged(case_of, bundles, table, rows):
    model = bundles([[0.0, 0.0], [1.0, 1.0]], columns=COLUMNS)
    (verdict,) = NoLeak().judge(case_of(rows=rows, candidate=model, learned=table))
    return verdict


def served(ledger_rows, late, truth, count=150):
    inputs = {"number.x": np.zeros(count), "number.late": late[:count]}
    return ledger_rows(inputs, NAMES[truth[:count]].tolist())


def test_an_input_that_is_missing_where_it_is_served_gives_itself_away(case_of, bundles, ledger_rows):
    rows = served(ledger_rows, pa.nulls(150, pa.float64()), TRUTH)
    verdict = judged(case_of, bundles, learned(TRUTH.astype(float)), rows)
    assert verdict.verdict == "fail"
    assert verdict.reason.startswith(
        "leak: 'late' alone tells 100% of the truth in training, and is missing in 100% more"
    )


def test_it_needs_no_truth_for_that(case_of, bundles, ledger_rows):
    rows = ledger_rows({"number.x": [0.0] * 5}, ["no"] * 5)
    assert judged(case_of, bundles, learned(TRUTH.astype(float)), rows).verdict == "fail"


def test_an_input_that_says_nothing_where_it_is_served_gives_itself_away(case_of, bundles, ledger_rows):
    rows = served(ledger_rows, np.zeros(150), TRUTH)
    verdict = judged(case_of, bundles, learned(TRUTH.astype(float)), rows)
    assert verdict.verdict == "fail"
    assert "in 150 served rows: it was written down after the outcome" in verdict.reason


def test_an_input_that_is_just_good_passes(case_of, bundles, ledger_rows):
    rows = served(ledger_rows, TRUTH.astype(float), TRUTH)
    assert judged(case_of, bundles, learned(TRUTH.astype(float)), rows).verdict == "pass"


def test_while_few_rows_were_served_it_waits_for_them(case_of, bundles, ledger_rows):
    rows = served(ledger_rows, TRUTH.astype(float), TRUTH, count=30)
    verdict = judged(case_of, bundles, learned(TRUTH.astype(float)), rows)
    assert (verdict.verdict, verdict.more_rows) == ("undecided", 70)


def test_noise_is_no_leak(case_of, bundles, ledger_rows):
    rows = served(ledger_rows, pa.nulls(150, pa.float64()), TRUTH)
    noise = np.random.default_rng(5).normal(size=400)
    assert judged(case_of, bundles, learned(noise), rows).verdict == "pass"


def test_an_input_that_half_of_the_training_rows_lack_is_looked_at_too(case_of, bundles, ledger_rows):
    late = pa.array(np.where(np.arange(400) % 5 < 2, np.nan, TRUTH.astype(float)), from_pandas=True)
    rows = served(ledger_rows, pa.nulls(150, pa.float64()), TRUTH)
    assert judged(case_of, bundles, learned(late), rows).verdict == "fail"


def test_a_number_that_is_the_target_itself_gives_itself_away(case_of, bundles, ledger_rows):
    price = np.random.default_rng(6).lognormal(sigma=0.5, size=400)
    table = pa.table({"x": np.zeros(400), "late": price * 1.2, "y": price})
    rows = ledger_rows({"number.x": np.zeros(150), "number.late": np.ones(150)}, price[:150].tolist())
    model = bundles([[0.0, 1.0]], columns=COLUMNS, classes=())
    (verdict,) = NoLeak().judge(case_of(rows=rows, candidate=model, champion=model, learned=table))
    assert verdict.verdict == "fail"


def test_a_handful_of_training_rows_says_nothing(case_of, bundles, ledger_rows):
    table = learned(TRUTH[:30].astype(float), TRUTH[:30])
    assert judged(case_of, bundles, table, served(ledger_rows, np.zeros(150), TRUTH)).verdict == "pass"
