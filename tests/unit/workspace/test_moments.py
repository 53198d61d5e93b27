from datetime import UTC, date, datetime, timedelta, timezone

import pyarrow as pa
import pytest

from everloop.errors import InvalidData, InvalidRequest
from everloop.workspace.moments import in_order, moments

BERLIN = timezone(timedelta(hours=1))


@pytest.mark.parametrize(
    "values",
    [
        [datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, 0, 1, tzinfo=UTC)],
        [datetime(2026, 1, 1), datetime(2026, 1, 1, 0, 1)],
        ["2026-01-01", "2026-01-01T00:01:00"],
    ],
)
def test_times_and_their_texts_are_seconds(values):
    assert moments(pa.table({"t": values}), "t").tolist() == [1767225600.0, 1767225660.0]


def test_days_are_seconds_and_numbers_are_what_they_are():
    assert moments(pa.table({"t": [date(1970, 1, 2)]}), "t").tolist() == [86400.0]
    assert moments(pa.table({"t": [3, 1]}), "t").tolist() == [3.0, 1.0]


def test_rows_of_one_moment_stay_in_their_order():
    rows = pa.table({"t": ["2026-01-02", "2026-01-01", "2026-01-02", "2026-01-01"], "n": [1, 2, 3, 4]})
    assert in_order(rows, "t")["n"].to_pylist() == [2, 4, 1, 3]


@pytest.mark.parametrize(
    ("rows", "column", "error", "told"),
    [
        ({"t": [1]}, "when", InvalidRequest, "no column 'when'"),
        ({"t": [1]}, "", InvalidRequest, "the column is needed"),
        ({"t": ["yesterday"]}, "t", InvalidData, "is no time"),
        ({"t": [1.0, None]}, "t", InvalidData, "empty in 1 rows"),
    ],
)
def test_what_is_no_time_is_told(rows, column, error, told):
    with pytest.raises(error, match=told):
        moments(pa.table(rows), column)
