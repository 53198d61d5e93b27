"""When a candidate is no worse, worse, or not yet known: the decisions at their borders, and what is said of them."""

from bisect import bisect_left

import pytest

from everloop.evidence.policies.better import Better
from everloop.evidence.policies.no_worse import NoWorse
from everloop.statistics.sequential.mean_state import threshold
from everloop.statistics.sequential.moments import Moments
from everloop.statistics.sequential.sign_counts import SignCounts

POLICY = NoWorse(margin=0.01)


def first(verdict, policy, step):
    """The first number of steps at which the policy says so, which it goes on saying."""
    return bisect_left(range(5_000), True, key=lambda n: policy.judge(step(n)).verdict == verdict)


def test_it_passes_when_the_evidence_against_being_a_margin_worse_is_enough():
    rows = first("pass", POLICY, lambda n: SignCounts(same=n))
    assert (
        SignCounts(same=rows).log_e_above(-0.01)
        >= threshold(0.05)
        > SignCounts(same=rows - 1).log_e_above(-0.01)
    )


def test_it_fails_when_the_evidence_against_being_no_worse_at_all_is_enough():
    rows = first("fail", POLICY, lambda n: SignCounts(worse=n, same=9 * n))
    lost = SignCounts(worse=rows, same=9 * rows)
    assert (
        lost.log_e_below(0.0)
        >= threshold(0.005)
        > SignCounts(worse=rows - 1, same=9 * rows - 9).log_e_below(0.0)
    )


def test_a_loss_that_is_shown_but_within_the_margin_passes():
    verdict = NoWorse(margin=0.1).judge(SignCounts(worse=300, same=9_700))
    assert (verdict.verdict, verdict.high < 0) == ("pass", True)


def test_undecided_says_how_many_rows_more():
    verdict = POLICY.judge(SignCounts(worse=2, same=91, better=7))
    assert verdict.verdict == "undecided"
    assert 50 < verdict.more_rows < 500


def test_a_decided_one_asks_for_none():
    assert POLICY.judge(SignCounts(same=1_000)).more_rows is None


@pytest.mark.parametrize(
    ("state", "verdict", "rate"),
    [(SignCounts(same=1_000), "pass", 0.05), (SignCounts(worse=70, same=910, better=20), "fail", 0.005)],
)
def test_the_verdict_states_its_own_chance_of_error(state, verdict, rate):
    found = POLICY.judge(state)
    assert (found.verdict, found.error_rate, found.limit) == (verdict, rate, -0.01)


def test_the_reason_says_what_a_person_wants_to_know():
    said = POLICY.judge(
        SignCounts(worse=70, same=910, better=20), name="accuracy", against="champion churn@2"
    ).reason
    assert said.startswith(
        "accuracy: the candidate is worse than champion churn@2: the difference is -0.05 on 1,000 rows"
    )


def test_losses_of_numbers_are_compared_in_their_own_unit():
    better = Moments(rows=2_000, average=0.5, squares=8_000.0)  # each row half a unit less error, spread 2
    assert NoWorse(margin=0.1).judge(better, name="mae").verdict == "pass"
    assert (
        NoWorse(margin=0.1).judge(Moments(rows=50, average=0.5, squares=200.0), name="mae").verdict
        == "undecided"
    )


def test_better_asks_for_more_than_no_worse():
    alike = SignCounts(same=2_000)
    assert (POLICY.judge(alike).verdict, Better().judge(alike).verdict) == ("pass", "undecided")
    assert Better().judge(SignCounts(same=900, better=100)).verdict == "pass"
    assert Better().judge(SignCounts(same=900, worse=100)).verdict == "fail"


def test_better_by_so_much_is_not_better_by_more():
    assert Better(by=0.3).judge(SignCounts(same=900, better=100)).verdict == "fail"
