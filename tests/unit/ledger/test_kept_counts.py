"""Counts are read anew where they can have changed, and only there."""

from datetime import UTC, datetime, timedelta

import pytest

from everloop.ledger.kept_counts import KeptCounts
from everloop.records.target import TargetRule

LATER = datetime(2026, 3, 1, 13, tzinfo=UTC)
TARGET = TargetRule(outcome="species")
WINDOW = TargetRule(outcome="species", within=timedelta(minutes=10), otherwise="none")


@pytest.fixture
def counted(ledger, monkeypatch):
    """How often the ledger was counted, for whom."""
    asked, counts = [], ledger.counts

    def count(endpoint, *given):
        asked.append(endpoint)
        return counts(endpoint, *given)

    monkeypatch.setattr(ledger, "counts", count)
    return asked


def test_a_ledger_that_stands_still_is_counted_once(writer, ledger, counted):
    writer.predict("p1")
    kept = KeptCounts()
    found = [kept.of(ledger, "animals", TARGET, LATER + timedelta(hours=hour)) for hour in range(5)]
    assert counted == ["animals"]
    assert {one.predictions for one in found} == {1}


def test_all_that_comes_is_counted_at_once_wherever_it_lies(writer, ledger, counted):
    kept = KeptCounts()
    seen = []
    for step in (
        lambda: None,
        lambda: writer.predict("p1"),
        lambda: writer.tell("p1", "cat"),
        writer.log.seal,
        ledger.compact,
        lambda: writer.predict("p2"),
        lambda: writer.tell("p2", "dog"),
    ):
        step()
        found = kept.of(ledger, "animals", TARGET, LATER)
        seen.append((found.predictions, found.with_truth))
    assert seen == [(0, 0), (1, 0), (1, 1), (1, 1), (1, 1), (2, 1), (2, 2)]


def test_what_matures_by_the_clock_is_seen_within_half_a_minute(writer, ledger, counted):
    writer.predict("p1", minute=59)  # final at 13:09
    kept = KeptCounts()
    found = [
        kept.of(ledger, "animals", WINDOW, LATER + timedelta(minutes=9, seconds=second)).with_truth
        for second in (-40, -20, -1, 10, 29, 45)
    ]
    assert found == [0, 0, 0, 0, 1, 1]
    assert len(counted) == 3  # at -40, -1 and 29


def test_endpoints_and_targets_are_kept_apart(writer, ledger, counted):
    writer.predict("p1")
    kept = KeptCounts()
    for _ in range(2):
        assert kept.of(ledger, "animals", WINDOW, LATER).with_truth == 1
        assert kept.of(ledger, "animals", TARGET, LATER).with_truth == 0
        assert kept.of(ledger, "bikes", TARGET, LATER).predictions == 0
    assert counted == ["animals", "animals", "bikes"]
