import pyarrow as pa
import pytest
from scipy import stats

from everloop.errors import InvalidRequest
from everloop.replay.distortions.missing import Missing

ROWS = pa.table({"n": list(range(2000)), "t": ["x"] * 2000, "b": [True] * 2000})


def test_a_share_of_each_columns_values_is_gone_and_the_others_are_untouched(dice):
    holed = Missing(share=0.3).apply(ROWS, dice(2000))
    assert holed.schema == ROWS.schema
    for name in ROWS.column_names:
        assert stats.binomtest(holed[name].null_count, 2000, 0.3).pvalue > 0.001
    assert all(was == now for was, now in zip(ROWS["n"], holed["n"], strict=True) if now.is_valid)


def test_columns_lose_values_independently(dice):
    holed = Missing(share=0.5).apply(ROWS, dice(2000))
    both = sum(
        n is None and t is None for n, t in zip(holed["n"].to_pylist(), holed["t"].to_pylist(), strict=True)
    )
    assert stats.binomtest(both, 2000, 0.25).pvalue > 0.001


def test_of_a_ramp_the_first_rows_lose_little(dice):
    holed = Missing(columns="n", ramp=2000).apply(ROWS, dice(2000))["n"]
    assert holed.slice(0, 200).null_count < 30
    assert holed.slice(1800).null_count > 170


def test_a_share_that_is_none_is_refused(dice):
    with pytest.raises(InvalidRequest, match="from 0 to 1"):
        Missing(share=1.5).apply(ROWS, dice(2000))
