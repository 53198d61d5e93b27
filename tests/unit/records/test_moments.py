from datetime import UTC, date, datetime, timedelta, timezone

import pandas as pd
import pytest

from everloop.errors import InvalidRequest
from everloop.records.moments import moment_of, passed

TEN = datetime(2026, 3, 31, 10, tzinfo=UTC)
END = datetime(2026, 4, 1, tzinfo=UTC) - timedelta(microseconds=1)


@pytest.mark.parametrize(
    ("when", "moment"),
    [
        ("2026-03-31T10:00Z", TEN),
        (" 2026-03-31 12:00:00+02:00 ", TEN),
        (TEN.astimezone(timezone(timedelta(hours=-5))), TEN),
        (pd.Timestamp("2026-03-31T10:00:00.000000999Z"), TEN),
        ("2026-03-31", END),
        (date(2026, 3, 31), END),
    ],
)
def test_a_moment_is_told_in_utc_and_a_day_is_its_end(when, moment):
    assert moment_of(when) == moment
    assert (type(moment_of(when)), moment_of(when).tzinfo) == (datetime, UTC)


@pytest.mark.parametrize(
    ("when", "says"),
    [
        ("2026-03-31T10:00", "has no time zone"),
        (datetime(2026, 3, 31), "has no time zone"),
        ("yesterday", "is no moment"),
        ("", "is no moment"),
        ("2026-02-30", "is no moment"),
        (pd.NaT, "is no moment|has no time zone"),
        (1774951200, "is no moment"),
        ("0001-01-01T00:00+05:00", "is no moment"),
        ("9999-12-31T23:59-05:00", "is no moment"),
        ("\n" * 1000 + "x", "is no moment"),
    ],
)
def test_what_is_no_moment_is_refused_with_how_to_write_one(when, says):
    with pytest.raises(InvalidRequest, match=f"(?:{says}).*2026-03-31T12:00"):
        moment_of(when)


def test_what_has_not_come_yet_is_refused_and_now_has():
    assert passed(TEN, TEN) == TEN
    with pytest.raises(
        InvalidRequest, match="2026-03-31 23:59:59 UTC has not come yet: it is 2026-03-31 10:00:00"
    ):
        passed("2026-03-31", TEN)
