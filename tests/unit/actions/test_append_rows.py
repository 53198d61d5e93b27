"""How far the rows of an append reach."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import msgspec
import pyarrow as pa
import pytest

from everloop.actions.append_rows import AppendRequest, append_rows
from everloop.datasets.versions import versions
from everloop.errors import Conflict, InvalidRequest
from everloop.records.codec import digest_of
from everloop.records.event import Event

ROWS = pa.table({"tenure": [1, 2], "Churn": ["Yes", "No"]})
MARCH = datetime(2025, 3, 1, tzinfo=UTC)  # the workspace's time is the first of January 2026


@pytest.fixture
def add(again):
    def add(key: str = "", *, until: datetime | str | None = None):
        context = replace(again(), table=ROWS)
        said = until.isoformat() if isinstance(until, datetime) else until
        return append_rows(
            replace(context, key=key or context.key), AppendRequest(dataset="churn", until=said)
        )

    return add


@pytest.fixture
def count(context):
    def count() -> tuple[int, int]:
        with context.metadata.transaction() as transaction:
            return len(versions(transaction, "churn")), len(transaction.find(Event))

    return count


def test_rows_reach_up_to_now_unless_it_is_said_that_they_are_older(context, add):
    assert add(until=MARCH).covers_until == MARCH
    assert add().covers_until == context.clock.now()


def test_a_version_reaches_at_least_as_far_as_those_before_it(add):
    add(until=MARCH)
    assert add(until=MARCH - timedelta(days=9)).covers_until == MARCH
    assert add(until=MARCH + timedelta(days=9)).covers_until == MARCH + timedelta(days=9)


@pytest.mark.parametrize(
    ("until", "says"),
    [
        (datetime(2026, 1, 1, microsecond=1, tzinfo=UTC), "lies in the future"),
        (datetime(2025, 3, 1), "has no time zone"),
        ("2026-01-01", "The day 2026-01-01 ends at 23:59:59 UTC"),
        ("0206-03-31", "lies before 1970"),
        ("1774958400", "is no moment"),
        ("null", "is no moment"),
        ("", "is no moment"),
    ],
)
def test_a_reach_that_cannot_be_changes_nothing(add, count, until, says):
    add(until=MARCH)
    before = count()
    with pytest.raises(InvalidRequest, match=says):
        add(until=until)
    assert count() == before


def test_a_key_that_comes_again_with_another_reach_is_another_request(add, count):
    first = add("k", until=MARCH)
    assert add("k", until=MARCH) == first
    assert add("k", until="2025-03-01 01:00+01:00") == first  # the same moment in other words
    with pytest.raises(Conflict):
        add("k", until=MARCH + timedelta(seconds=1))
    assert count() == (1, 1)


def test_an_append_is_asked_for_as_it_was_while_the_request_held_a_datetime(context, add):
    """So that a call of before that is tried again is the same call."""
    add("k", until=MARCH)
    asked = {"dataset": "churn", "new_categories": False, "note": "", "until": "2025-03-01T00:00:00Z"}
    rows = ["2", *map(str, ROWS.schema)]
    with context.metadata.transaction() as transaction:
        (event,) = transaction.find(Event)
    assert event.request == digest_of(msgspec.json.encode(["append_rows", asked, rows], order="sorted"))
