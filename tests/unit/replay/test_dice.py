import numpy as np
import pytest
from scipy import stats


def test_a_row_meets_the_same_chance_however_a_replay_is_cut(dice):
    whole = dice(10).uniform(3)
    parts = [dice(4).uniform(3), dice(1, first=4).uniform(3), dice(5, first=5).uniform(3)]
    assert np.array_equal(whole, np.vstack(parts))


def test_a_column_more_changes_nothing_of_those_before_it(dice):
    assert np.array_equal(dice(5).uniform(4)[:, :2], dice(5).uniform(2))


@pytest.mark.parametrize("other", [{"seed": 8}, {"name": "another"}, {"first": 1}])
def test_another_seed_distortion_or_row_has_other_chances(dice, other):
    assert not np.isclose(dice(1).uniform(2), dice(1, **other).uniform(2)).any()


def test_chances_are_uniform_and_rows_and_columns_independent(dice):
    numbers = dice(4000).uniform(2)
    assert stats.kstest(numbers.ravel(), "uniform").pvalue > 0.001
    assert abs(stats.pearsonr(numbers[:, 0], numbers[:, 1]).statistic) < 0.06
    assert abs(stats.pearsonr(numbers[:-1, 0], numbers[1:, 0]).statistic) < 0.06


def test_no_rows_have_no_chances(dice):
    assert dice(0).uniform(3).shape == (0, 3)
