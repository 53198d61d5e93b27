"""When a prediction's window closes."""

from datetime import UTC, datetime, timedelta

from everloop.records.target import TargetRule

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def test_a_window_closes_its_length_after_the_prediction():
    rule = TargetRule(outcome="clicked", within=timedelta(hours=24))
    assert rule.mature_at(NOON) == datetime(2026, 3, 2, 12, tzinfo=UTC)


def test_without_a_window_nothing_closes():
    assert TargetRule(outcome="truth").mature_at(NOON) is None
