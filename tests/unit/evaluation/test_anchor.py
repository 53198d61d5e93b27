import numpy as np
import pytest

from everloop.evaluation.anchor import beats_anchor
from everloop.evaluation.gates.no_worse import NoWorse
from everloop.records.cycle import Judged
from everloop.records.endpoint import VersionRef

COUNT = 2000
CANDIDATE = VersionRef(model="m", number=3)


def right(share):
    """Answers of which this share is right, where the truth is 1."""
    return np.eye(2)[(np.arange(COUNT) < share * COUNT).astype(int)]


def judged(case_of_answers, ours, champion, anchor):
    case = case_of_answers(
        right(ours), right(champion), [1] * COUNT, anchor=None if anchor is None else right(anchor)
    )
    return [Judged(candidate=CANDIDATE, verdicts=NoWorse("", 0.05).judge(case))]


@pytest.mark.parametrize(
    ("ours", "champion", "anchor", "fit"),
    [
        (0.95, 0.9, 0.9, True),
        (0.92, 0.85, 0.92, False),  # the champion had slipped: the candidate only recovered
        (0.9, 0.85, 0.92, False),
        (0.95, 0.9, None, True),  # the champion is the anchor
    ],
)
def test_only_who_beats_the_anchor_takes_its_place(case_of_answers, ours, champion, anchor, fit):
    assert beats_anchor(judged(case_of_answers, ours, champion, anchor), CANDIDATE) is fit


def test_what_was_said_of_rivals_does_not_count(case_of_answers):
    other = judged(case_of_answers, 0.5, 0.9, 0.95)
    assert beats_anchor(other, VersionRef(model="m", number=4))
