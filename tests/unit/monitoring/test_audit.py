import pytest
from scipy import stats

from everloop.monitoring.audit import audited, is_audited

IDS = [f"p{n}" for n in range(20_000)]


@pytest.mark.parametrize("share", [0.01, 0.05, 0.5])
def test_the_share_is_what_was_asked_for(share):
    low, high = stats.binom.interval(1 - 1e-6, len(IDS), share)
    assert low <= sum(audited("salt", IDS, share)) <= high


def test_a_larger_share_keeps_those_of_a_smaller_one():
    small, large = audited("salt", IDS, 0.05), audited("salt", IDS, 0.2)
    assert all(more for few, more in zip(small, large, strict=True) if few)


def test_it_depends_on_the_id_and_the_endpoint_alone():
    assert audited("salt", IDS, 0.3) == audited("salt", IDS, 0.3)
    assert audited("salt", IDS, 0.3) != audited("other", IDS, 0.3)


def test_nobody_and_everybody():
    assert not any(audited("salt", IDS[:100], 0.0))
    assert all(audited("salt", IDS[:100], 1.0))
    assert is_audited("salt", "p1", 1.0)
