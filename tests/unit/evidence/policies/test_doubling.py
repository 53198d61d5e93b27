import numpy as np
import pytest

from everloop.evidence.policies.doubling import Doubling, look_at, rows_at
from everloop.evidence.replay import replay

NO_WORSE = Doubling(pass_above=-0.02, fail_below=0.0)


@pytest.mark.parametrize("look", range(1, 12))
def test_each_look_has_twice_the_rows_of_the_one_before(look):
    assert look_at(rows_at(look)) == look
    assert look_at(rows_at(look) - 1) == look - 1
    assert rows_at(look + 1) == 2 * rows_at(look)


@pytest.mark.parametrize(
    ("difference", "error", "verdict"),
    [(0.01, 0.005, "pass"), (-0.1, 0.01, "fail"), (0.0, 0.02, "undecided"), (None, 0.0, "undecided")],
)
def test_the_interval_decides(difference, error, verdict):
    found = NO_WORSE.judge(difference, error, look=1, rows=70, name="f1", against="the champion")
    assert found.verdict == verdict
    assert found.more_rows == (58 if verdict == "undecided" else None)
    assert replay(found) == found


def test_before_the_first_look_nothing_is_said():
    found = NO_WORSE.judge(None, 0.0, look=0, rows=10, name="f1", against="the champion")
    assert (found.verdict, found.more_rows, found.low) == ("undecided", 54, None)
    assert found.reason == "f1: the candidate is not yet told from the champion, for too few rows."


def decisions(mean, spread=0.35, looks=8, runs=4000):
    """How many runs ever pass and ever fail, where each row's difference has this mean and spread."""
    chance = np.random.default_rng(7)
    sums = np.zeros(runs)
    passed, failed = np.zeros(runs, bool), np.zeros(runs, bool)
    for look in range(1, looks + 1):
        rows = rows_at(look)
        added = rows - (rows_at(look - 1) if look > 1 else 0)
        sums += chance.normal(mean * added, spread * np.sqrt(added))
        for run in np.flatnonzero(~(passed | failed)):
            verdict = NO_WORSE.judge(
                sums[run] / rows, spread / np.sqrt(rows), look=look, rows=rows, name="n", against="a"
            ).verdict
            passed[run], failed[run] = verdict == "pass", verdict == "fail"
    return passed.mean(), failed.mean()


def test_over_all_looks_one_at_the_margin_passes_in_at_most_5_of_100_runs():
    assert decisions(-0.02)[0] <= 0.05 + 4 * np.sqrt(0.05 * 0.95 / 4000)


def test_over_all_looks_one_that_is_no_worse_fails_in_at_most_5_of_1000_runs():
    assert decisions(0.0)[1] <= 0.005 + 4 * np.sqrt(0.005 * 0.995 / 4000)


def test_one_that_is_better_passes():
    assert decisions(0.03)[0] > 0.95
