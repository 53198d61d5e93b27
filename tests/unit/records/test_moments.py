from datetime import UTC, date, datetime, timedelta, timezone

import pandas as pd
import pytest

from everloop.errors import InvalidRequest
from everloop.records.moments import moment_of, passed, text_of

TEN = datetime(2026, 3, 31, 10, tzinfo=UTC)
END = datetime(2026, 4, 1, tzinfo=UTC) - timedelta(microseconds=1)


@pytest.mark.parametrize(
    ("when", "moment"),
    [
        ("2026-03-31T10:00Z", TEN),
        (" 2026-03-31 12:00:00+02:00 ", TEN),
        ("2026-03-31T10:00:00.000000-00:00", TEN),
        ("2026-03-31T12:00 02:00", TEN),  # a query's `+`
        ("2026-03-31 12:00:00 02:00", TEN),
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
        ("2026-W13-2", "is no moment"),
        ("20260331", "is no moment"),
        ("20260331T100000Z", "is no moment"),
        ("2026-03-31T10Z", "is no moment"),
        ("2026-03-31x10:00Z", "is no moment"),
        ("2026-03-31T10:00Z 02:00", "is no moment"),
        ("2026-03-31 02:00", "has no time zone"),
        ("٢٠٢٦-03-31", "is no moment"),
        ("1774951200", "is no moment"),
        ("null", "is no moment"),
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


@pytest.mark.parametrize(
    "when",
    [
        "0001-01-01T00:00Z",
        "0206-03-31",
        date(206, 3, 31),
        "1970-01-01T00:00+00:01",
        pd.Timestamp(-1, tz="UTC"),
    ],
)
def test_a_year_before_any_answer_is_refused_as_it_is_mostly_a_slip(when):
    with pytest.raises(InvalidRequest, match=r"lies before 1970\. Look at its year; .* 1970-01-01"):
        moment_of(when)


def test_the_first_moment_that_is_taken_is_the_beginning_of_1970():
    assert moment_of("1970-01-01T00:00Z").timestamp() == 0
    assert moment_of("1970-01-01").timestamp() == 86_400 - 1e-6


@pytest.mark.parametrize(
    "when", ["2026-03-31T10:00Z", "2026-03-31T12:00:00+02:00", TEN.astimezone(timezone(timedelta(hours=-5)))]
)
def test_the_same_moment_in_other_words_has_the_same_text(when):
    assert text_of(moment_of(when)) == "2026-03-31T10:00:00Z"


def test_now_has_come_and_so_has_yesterday():
    assert passed(TEN, TEN) == TEN
    assert passed(date(2026, 3, 30), TEN) == datetime(2026, 3, 30, 23, 59, 59, 999_999, UTC)


@pytest.mark.parametrize("today", ["2026-03-31", date(2026, 3, 31), "2026-03-31T23:59:59.999999Z"])
def test_a_day_that_has_not_ended_is_refused_with_when_it_ends_and_how_to_give_the_hour(today):
    with pytest.raises(InvalidRequest) as refused:
        passed(today, TEN)
    assert str(refused.value) == (
        "The day 2026-03-31 ends at 23:59:59 UTC, and it is 2026-03-31 10:00:00 UTC. Give the hour with its zone, "
        "such as 2026-03-31T10:00Z, or leave it out where the rows reach up to now."
    )


@pytest.mark.parametrize(
    ("when", "at"), [("2026-04-01", "2026-04-01 23:59:59"), ("2026-03-31T10:00:01Z", "2026-03-31 10:00:01")]
)
def test_the_future_is_refused_with_what_cannot_be_moved_afterwards(when, at):
    with pytest.raises(
        InvalidRequest, match=f"{at} UTC lies in the future: it is 2026-03-31 10:00:00"
    ) as refused:
        passed(when, TEN)
    assert "cannot be moved afterwards" in str(refused.value)
    assert "leave it out" not in str(refused.value)
