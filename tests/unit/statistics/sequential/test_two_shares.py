"""Total variation: by hand, and by counting out that nothing is won under the null."""

from itertools import product
from math import comb, exp

import numpy as np
import pytest

from everloop.errors import InvalidRequest
from everloop.statistics.sequential.mean_state import threshold
from everloop.statistics.sequential.two_shares import ArmShares, PairedShares


def test_the_variation_by_hand():
    # shares 0.5, 0.3, 0.2 against 0.2, 0.3, 0.5: 0.3 would have to change
    assert ArmShares(candidate=(50, 30, 20), champion=(20, 30, 50)).mean == pytest.approx(0.3)
    assert PairedShares(counts=((20, 0, 30), (0, 30, 0), (0, 0, 20))).mean == pytest.approx(0.3)


def test_answers_to_the_same_rows_are_counted_in_pairs():
    found = PairedShares.of([0, 0, 1, 2], [0, 1, 1, 0], classes=3)
    assert found.counts == ((1, 1, 0), (0, 1, 0), (1, 0, 0))


def test_in_expectation_nothing_is_won_by_pairs_at_the_limit():
    """Rows of three kinds: alike, moved from the second class to the first, moved to the third. Variation 0.3."""
    expected, rows, moved = 0.0, 8, (0.2, 0.1)
    for first, third in product(range(rows + 1), repeat=2):
        if first + third <= rows:
            alike = rows - first - third
            answers = PairedShares(counts=((0, first, 0), (0, alike, 0), (0, third, 0)))
            chance = comb(rows, first) * comb(rows - first, third) * moved[0] ** first * moved[1] ** third
            expected += chance * 0.7**alike * exp(answers.log_e_above(0.3))
    assert expected <= 1


def test_in_expectation_nothing_is_won_by_arms_at_the_limit():
    expected, rows = 0.0, 6
    for k, j in product(range(rows + 1), repeat=2):
        answers = ArmShares(candidate=(k, rows - k), champion=(j, rows - j))
        chance = comb(rows, k) * 0.5**rows * comb(rows, j) * 0.2**j * 0.8 ** (rows - j)
        expected += chance * exp(answers.log_e_above(0.3))
    assert expected <= 1


def test_a_set_of_classes_may_show_what_no_single_class_does():
    ten = ArmShares(candidate=(200,) * 5 + (0,) * 5, champion=(0,) * 5 + (200,) * 5)
    assert ten.mean == 1.0
    assert ten.lower(0.001) > 0.8  # each class moved by 0.2 only


@pytest.mark.parametrize(
    "answers",
    [
        ArmShares(candidate=(50, 50), champion=(900, 100)),
        ArmShares(candidate=(10, 20, 70), champion=(300, 300, 300)),
        PairedShares(counts=((400, 0), (100, 500))),
    ],
)
def test_the_bounds_hold_the_variation_between_them(answers):
    assert answers.lower(0.05) < answers.mean < answers.upper(0.05)


def test_the_lower_bound_agrees_with_the_evidence():
    answers = ArmShares(candidate=(50, 50), champion=(900, 100))
    low = answers.lower(0.01)
    assert answers.log_e_above(low - 1e-6) >= threshold(0.01) > answers.log_e_above(low + 1e-3)


def test_many_equal_answers_are_shown_to_be_near():
    assert PairedShares(counts=((500, 0), (0, 500))).upper(0.05) < 0.02
    assert ArmShares(candidate=(5_000, 5_000), champion=(45_000, 45_000)).upper(0.05) < 0.1


@pytest.mark.parametrize(
    "nothing", [ArmShares(candidate=(0, 0), champion=(5, 5)), PairedShares(counts=((0, 0), (0, 0)))]
)
def test_without_answers_nothing_is_known(nothing):
    assert (nothing.mean, nothing.log_e_above(0.3), nothing.lower(0.05)) == (None, 0.0, 0.0)
    assert nothing.upper(0.05) == pytest.approx(1.0)


def test_one_class_has_no_variation():
    assert ArmShares(candidate=(5,), champion=(7,)).log_e_above(0.3) == 0.0


def test_folding_adds_counts():
    arms = ArmShares(candidate=(1, 2), champion=(3, 4)).merge(ArmShares(candidate=(1, 1), champion=(1, 1)))
    assert arms == ArmShares(candidate=(2, 3), champion=(4, 5))
    pairs = PairedShares(counts=((1, 2), (3, 4))).merge(PairedShares(counts=((1, 0), (0, 1))))
    assert (pairs.counts, pairs.rows) == (((2, 2), (3, 5)), 12)


@pytest.mark.parametrize("other", [ArmShares(candidate=(1, 2, 3), champion=(1, 2, 3))])
def test_other_classes_cannot_be_merged(other):
    with pytest.raises(InvalidRequest, match="different classes"):
        ArmShares(candidate=(1, 2), champion=(3, 4)).merge(other)
    with pytest.raises(InvalidRequest, match="different classes"):
        PairedShares(counts=((1, 2), (3, 4))).merge(
            PairedShares(counts=tuple(map(tuple, np.eye(3, dtype=int).tolist())))
        )
