"""What is said where all truths are of answers that a compared model may have learned from."""

from datetime import UTC, datetime, timedelta

import pytest

from everloop.actions.learned_rows import Window
from everloop.actions.too_early import too_early
from everloop.records.dataset import DatasetVersion
from everloop.records.endpoint import VersionRef

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
REF = VersionRef(model="churn", number=2)


def version(number: int, *, made: datetime = NOON, until: datetime | None = NOON, predictions: str = ""):
    return DatasetVersion(
        dataset="churn",
        number=number,
        table_version=number,
        digest="d",
        rows=1,
        added=1,
        fields=(),
        created_at=made,
        until=until,
        predictions=predictions,
    )


def told(*history: DatasetVersion, count: int = 1200) -> str:
    return too_early(count, REF, Window(history[-1], history, None, history[-1].covers_until))


def test_it_tells_how_many_answers_there_are_and_which_model_may_have_learned_up_to_when():
    beginning = "1,200 answers have their truth, but all were served before 2026-01-01 12:00:00 UTC, "
    assert told(version(1)).startswith(f"{beginning}up to which churn@2 may have learned: ")
    assert told(version(1), count=1).startswith("1 answer has its truth, but it was served before")


@pytest.mark.parametrize("until", [NOON, None], ids=["of today", "of an older release"])
def test_of_an_append_without_a_word_it_says_how_to_tell_that_rows_are_older(until):
    says = told(version(1, until=until))
    assert "dataset churn@1 was appended then" in says
    assert "`--until`" in says


def test_the_version_is_named_because_of_which_later_ones_reach_so_far():
    later = version(3, made=NOON + timedelta(days=1), predictions="ids")
    says = told(version(1, until=NOON - timedelta(days=9)), version(2), later)
    assert "dataset churn@2 was appended then" in says


@pytest.mark.parametrize(
    ("history", "says"),
    [
        (version(1, made=NOON + timedelta(days=1)), "dataset churn@1 reaches up to then, as its append said"),
        (
            version(1, made=NOON + timedelta(days=1), predictions="ids"),
            "took answers of the ledger up to then",
        ),
    ],
)
def test_where_nothing_was_left_unsaid_new_answers_are_all_that_helps(history, says):
    assert says in told(history)
    assert told(history).endswith(". New answers will count.")


@pytest.mark.parametrize("data", [None, version(1, until=NOON - timedelta(days=1))])
def test_an_import_is_told_as_such(data):
    says = too_early(7, REF, Window(data, () if data is None else (data,), None, NOON))
    assert "it was imported then" in says
    assert says.endswith(". New answers will count.")
