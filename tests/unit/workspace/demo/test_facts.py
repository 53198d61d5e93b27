"""What the demo says of itself, counted by hand."""

from datetime import UTC, datetime

import numpy as np

from everloop.statistics.intervals import wilson
from everloop.workspace.demo.facts import Seen, promotions
from everloop.workspace.demo.scene import scene
from everloop.workspace.happenings import Happening


def seen(*rows):
    """(number, version, right): row `number` was served at second `number`."""
    number, version, right = zip(*sorted(rows), strict=True)
    numbers = np.array(number, np.int64)
    return Seen(numbers, numbers * 1_000_000, np.array(version, np.int64), np.array(right, bool))


def happened(kind, second, candidate="", champion="", reason="", monitors=()):
    return Happening(
        sequence=second + 1,
        at=datetime.fromtimestamp(second, UTC),
        kind=kind,
        action=kind,
        candidate=candidate,
        champion=champion,
        reason=reason,
        monitors=monitors,
        after_rows=second,
    )


def of(version, first, last, every):
    """Rows of a version, of which each `every`th is wrong."""
    return [(n, version, n % every != 0) for n in range(first, last)]


FIRST = happened("deployed", 0, champion="digits@1")
BEGINS = happened("rollout begins", 80, "digits@2")
SECOND = happened("promoted", 100, "digits@2", "digits@2", "no worse")
THIRD = happened("promoted", 300, "digits@4", "digits@4", "no worse")


def test_before_is_the_old_version_up_to_the_promotion_and_after_the_new_one_on_all_it_saw():
    found = seen(*of(1, 0, 100, 2), *of(2, 80, 200, 10))
    (better,) = promotions(found, [FIRST, BEGINS, SECOND], changed=1000)
    assert (better.before.value, better.before.rows) == (0.5, 100)
    assert (better.after.value, better.after.rows) == (0.9, 120)
    assert (better.after.low, better.after.high) == wilson(108, 120, 0.95)
    assert better.is_proven
    assert better.event == "promoted digits@2: no worse"


def test_a_promotion_after_the_change_is_told_on_the_new_scanners_digits_alone():
    found = seen(*of(1, 0, 100, 2), *of(2, 100, 200, 1000), *of(2, 200, 300, 2), *of(4, 250, 400, 10))
    second = promotions(found, [FIRST, SECOND, THIRD], changed=200)[1]
    assert (second.before.value, second.before.rows) == (0.5, 100)
    assert (second.after.value, second.after.rows) == (0.9, 150)


def test_a_promotion_before_the_change_is_not_told_on_the_new_scanners_digits():
    found = seen(*of(1, 0, 100, 2), *of(2, 100, 200, 10), *of(2, 200, 300, 1))
    (better,) = promotions(found, [FIRST, SECOND], changed=200)
    assert (better.after.value, better.after.rows) == (0.9, 100)


def test_intervals_that_touch_prove_nothing():
    found = seen(*of(1, 0, 100, 5), *of(2, 100, 130, 7))
    (better,) = promotions(found, [FIRST, SECOND], changed=1000)
    assert not better.is_proven


REFUSED = happened("refused", 120, "digits@3", reason="digits@3: it is worse")
DRIFT = happened("alert", 250, reason="pixels have moved", monitors=("data", "drift"))


def test_the_picture_marks_what_happened_with_its_reason():
    found = seen(*of(1, 0, 100, 2), *of(2, 80, 300, 10), *of(4, 300, 400, 10))
    drawn = scene(found, [FIRST, BEGINS, SECOND, REFUSED, DRIFT, THIRD], changed=200)
    assert [(mark.x, mark.kind) for mark in drawn.marks] == [
        (1, "live"),
        (101, "promoted"),
        (121, "refused"),
        (200, "world"),
        (251, "alert"),
        (301, "promoted"),
    ]
    assert [mark.why for mark in drawn.marks][2] == "It is worse."


def test_the_picture_says_why_a_person_proposed_what_was_refused():
    proposed = happened("proposed", 110, "digits@3", reason="a fresh fit")
    drawn = scene(seen(*of(1, 0, 200, 2)), [FIRST, proposed, REFUSED], changed=200)
    assert "Proposed: “A fresh fit.” It is worse." in [mark.why for mark in drawn.marks]


def test_the_picture_has_a_line_for_each_version_that_answered_or_was_on_its_way():
    found = seen(*of(1, 0, 100, 2), *of(2, 80, 300, 10), *of(4, 300, 400, 10))
    drawn = scene(found, [FIRST, BEGINS, SECOND, THIRD], changed=200)
    assert [(line.name, line.role) for line in drawn.lines] == [
        ("digits@1", "champion"),
        ("digits@2", "champion"),
        ("digits@4", "champion"),
        ("", "candidate"),
    ]


def test_no_window_of_the_picture_has_digits_of_two_scanners():
    found = seen(*[(n, 1, n < 150) for n in range(300)])
    (line,) = scene(found, [FIRST], changed=150).lines
    assert {point.value for point in line.points if point.x < 150} == {1.0}
    assert {point.value for point in line.points if point.x >= 150} == {0.0}
