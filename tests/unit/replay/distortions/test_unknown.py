import pyarrow as pa
import pytest
from scipy import stats

from everloop.errors import InvalidRequest
from everloop.replay.distortions.unknown import Unknown

ROWS = pa.table({"n": list(range(1000)), "t": ["x"] * 1000})


def test_a_share_of_texts_becomes_a_stranger_and_numbers_stay(dice):
    mixed = Unknown(share=0.2, value="martian").apply(ROWS, dice(1000))
    values = mixed["t"].to_pylist()
    assert set(values) == {"x", "martian"}
    assert stats.binomtest(values.count("martian"), 1000, 0.2).pvalue > 0.001
    assert mixed["n"] == ROWS["n"]


def test_a_column_of_numbers_has_no_strangers(dice):
    with pytest.raises(InvalidRequest, match="'n' holds no texts"):
        Unknown(columns="n").apply(ROWS, dice(1000))
