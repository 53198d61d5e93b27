from itertools import combinations

import numpy as np
import pytest
from scipy import stats

from everloop.statistics.drift import shares


@pytest.mark.parametrize("rows", [(10, 6), (1500, 150), (100_000, 100_000)])
@pytest.mark.parametrize("share", [0.003, 0.05, 0.5])
@pytest.mark.parametrize("times", [1.0, 1.3, 2.0])
def test_the_tail_is_the_hypergeometric_one_and_never_smaller(rows, share, times):
    before_rows, after_rows = rows
    before, after = round(share * before_rows), min(after_rows, round(share * times * after_rows) + 1)
    exact = stats.hypergeom(before_rows + after_rows, before + after, after_rows).sf(after - 1)
    found = shares.more(before, before_rows, after, after_rows)
    assert found >= exact * (1 - 1e-6)
    if exact < 0.2:
        assert found <= exact * 1.3


def test_the_two_sided_chance_is_no_smaller_than_fishers():
    for before, after in ((8, 1), (2, 6), (5, 3)):
        exact = stats.fisher_exact([[before, 10 - before], [after, 6 - after]]).pvalue
        assert shares.p_value(before, 10, after, 6) >= exact * (1 - 1e-9)


def test_equal_shares_are_no_difference():
    assert shares.p_value(0, 100, 0, 10) == 1.0
    assert shares.p_value(100, 100, 10, 10) == 1.0
    assert shares.p_value(30, 100, 3, 10) == 1.0


def test_all_missing_where_none_was_is_as_sure_as_can_be():
    assert shares.p_value(0, 1500, 150, 150) < 1e-100


@pytest.mark.parametrize("outside", [1, 2, 3])
def test_values_beyond_the_range_are_as_rare_as_counting_all_orders_says(outside):
    rows, current = 7, 3
    places = list(combinations(range(rows), current))  # all ranks that the current values can have
    reference = [sorted(set(range(rows)) - set(chosen)) for chosen in places]
    counted = [
        sum(rank < kept[0] or rank > kept[-1] for rank in chosen)
        for chosen, kept in zip(places, reference, strict=True)
    ]
    exact = float(np.mean([count >= outside for count in counted]))
    assert exact * (1 - 1e-9) <= shares.beyond(outside, current, rows - current) <= 2.5 * exact
