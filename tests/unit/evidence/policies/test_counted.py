import pytest

from everloop.evidence.policies.counted import Counted
from everloop.evidence.replay import replay


@pytest.mark.parametrize(
    ("value", "limit", "verdict"), [(0, 0, "pass"), (1, 0, "fail"), (1.5, 2, "pass"), (None, 0, "undecided")]
)
def test_more_than_may_be_fails_and_nothing_counted_is_undecided(value, limit, verdict):
    found = Counted(limit=limit).judge(value, name="rows", reason="so many", rows=7, more_rows=3)
    assert found.verdict == verdict
    assert replay(found) == found
    assert (found.reason, found.rows, found.more_rows) == ("so many", 7, 3)
