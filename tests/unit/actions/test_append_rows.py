"""How far the rows of an append reach."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pytest

from everloop.actions.append_rows import AppendRequest, append_rows
from everloop.datasets.versions import versions
from everloop.errors import Conflict, InvalidRequest
from everloop.records.event import Event

ROWS = pa.table({"tenure": [1, 2], "Churn": ["Yes", "No"]})
MARCH = datetime(2025, 3, 1, tzinfo=UTC)  # the workspace's time is the first of January 2026


@pytest.fixture
def add(again):
    def add(key: str = "", **said: object):
        context = replace(again(), table=ROWS)
        return append_rows(replace(context, key=key or context.key), AppendRequest(dataset="churn", **said))

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
        (datetime(2026, 1, 1, microsecond=1, tzinfo=UTC), "has not come yet"),
        (datetime(2025, 3, 1), "has no time zone"),
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
    with pytest.raises(Conflict):
        add("k", until=MARCH + timedelta(seconds=1))
    assert count() == (1, 1)
