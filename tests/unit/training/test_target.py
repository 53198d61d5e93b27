from datetime import timedelta

import pytest

from everloop.errors import InvalidRequest
from everloop.records.target import TargetRule
from everloop.training.target import Target, duration


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("30s", timedelta(seconds=30)),
        ("10m", timedelta(minutes=10)),
        ("24h", timedelta(hours=24)),
        ("7d", timedelta(days=7)),
        ("2w", timedelta(days=14)),
        (" 1.5 h ", timedelta(minutes=90)),
    ],
)
def test_a_length_of_time_is_a_number_and_a_unit(text, expected):
    assert duration(text) == expected


@pytest.mark.parametrize("text", ["", "h", "24", "24 hours", "-1h", "1y", "1h30m", "999999999w", "٣h\n"])
def test_what_is_no_length_of_time_is_refused(text):
    with pytest.raises(InvalidRequest):
        duration(text)


def test_a_target_is_stored_with_its_window():
    rule = Target("clicked", within="24h", otherwise=0, truth="reaction").rule()
    assert rule == TargetRule(outcome="clicked", within=timedelta(days=1), otherwise=0, truth="reaction")


def test_a_bare_target_is_mature_when_it_is_known():
    assert Target("Churn").rule() == TargetRule(outcome="Churn")


@pytest.mark.parametrize(
    ("target", "told"),
    [
        (Target(""), "name of a column"),
        (Target("y", otherwise=0), "needs a window"),
        (Target("y", within=timedelta(0)), "longer than nothing"),
        (Target("y", within="0h"), "longer than nothing"),
        (Target("y", truth="maybe"), "fixed"),
    ],
)
def test_a_target_that_cannot_be_is_refused(target, told):
    with pytest.raises(InvalidRequest, match=told):
        target.rule()
