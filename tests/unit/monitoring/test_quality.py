import numpy as np
import pyarrow as pa
import pytest
from scipy import stats

from everloop.evidence.replay import replay
from everloop.monitoring.quality import Allowance, judge_quality, policy_for, scores
from everloop.statistics.tally import Tally, tally

PROMISED = Tally(rows=400, total=360, squares=360)  # 0.9


def _rights(rows, right):
    return Tally(rows=rows, total=right, squares=right)


def test_rights_and_errors_are_scored():
    labels = pa.table({"output": ["a", "b", "a"], "truth": ["a", "a", "a"]})
    assert scores("classification", labels) == _rights(3, 2)
    numbers = pa.table({"output": [1.0, 2.0], "truth": [2, 5]})
    assert scores("regression", numbers) == tally([1.0, 3.0])


@pytest.mark.parametrize("other", ["n/a", "NaN", "inf", "1e300"])
def test_a_truth_that_is_no_number_does_not_count_and_stops_nothing(other):
    labels = pa.table({"output": ["1", "2.5", "3"], "truth": ["2", other, "3.5"]})
    assert scores("regression", labels) == tally([1.0, 0.5])


def test_a_window_without_any_number_says_nothing():
    nothing = scores("regression", pa.table({"output": [1.0, 2.0], "truth": ["n/a", "?"]}))
    policy = policy_for("regression", tally([1.0, 2.0]), Allowance())
    bad = tally([90.0, 91.0, 92.0] * 40)
    found = judge_quality(policy, nothing, bad, 1)
    assert (found.verdict.verdict, found.verdict.rows) == ("undecided", 0)
    assert "too few" in found.verdict.reason


def test_the_limit_lies_an_allowance_below_what_was_promised_at_the_least():
    policy = policy_for("classification", PROMISED, Allowance(margin=0.02))
    assert policy.promised == 0.9
    low = stats.binomtest(360, 400).proportion_ci(0.99, method="wilson").low
    assert policy.limit == pytest.approx(low - 0.02)


@pytest.mark.parametrize(("right", "verdict"), [(135, "pass"), (100, "fail"), (124, "undecided")])
def test_a_window_passes_fails_or_says_too_little(right, verdict):
    policy = policy_for("classification", PROMISED, Allowance())
    window = _rights(150, right)
    found = judge_quality(policy, window, window, 1)
    assert found.verdict.verdict == verdict
    assert replay(found.verdict) == found.verdict


def test_a_small_loss_is_seen_over_a_stretch():
    policy = policy_for("classification", PROMISED, Allowance())
    window, stretch = _rights(150, 119), _rights(3000, 2380)
    assert judge_quality(policy, window, window, 50).verdict.verdict == "undecided"
    assert judge_quality(policy, window, stretch, 50).verdict.verdict == "fail"


def test_larger_errors_fail():
    chance = np.random.default_rng(2)
    promised = tally(chance.exponential(1.0, 500))
    policy = policy_for("regression", promised, Allowance())
    same, worse = tally(chance.exponential(1.0, 150)), tally(chance.exponential(2.0, 150))
    assert judge_quality(policy, same, same, 1).verdict.verdict != "fail"
    assert judge_quality(policy, worse, worse, 1).verdict.verdict == "fail"


def test_lives_of_a_model_that_stays_as_good_raise_a_false_alarm_no_more_often_than_stated():
    """Without an allowance, and with a chance of a fifth, so that some lives do err."""
    chance, lives, looks = np.random.default_rng(4), 400, 30
    erred = 0
    for _ in range(lives):
        policy = policy_for(
            "classification", _rights(300, chance.binomial(300, 0.9)), Allowance(margin=0.0, false_alarms=0.2)
        )
        windows = (_rights(100, int(right)) for right in chance.binomial(100, 0.9, looks))
        erred += any(
            judge_quality(policy, w, w, look).verdict.verdict == "fail" for look, w in enumerate(windows, 1)
        )
    assert erred <= stats.binom.ppf(1 - 1e-4, lives, 0.2)
