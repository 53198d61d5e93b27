import struct

import pytest

from everloop.records.signature import Signature
from everloop.serving.answer_form import AnswerForm, UnreadableAnswer


def form(*classes) -> AnswerForm:
    task = "classification" if classes else "regression"
    return AnswerForm(Signature(task=task, target="y", columns=(), classes=classes))


def unpacked(data: bytes) -> list[float]:
    return list(struct.unpack(f"<{len(data) // 4}f", data))


@pytest.mark.parametrize(
    ("classes", "answers"),
    [
        (("no", "yes"), ["yes", "no"]),
        ((3, 7), [7, 3]),
        ((3, 7), [7.0, "3"]),
        ((False, True), [True, False]),
        ((False, True), [1, 0]),
        ((False, True), ["True", "False"]),
        ((0, 1), [True, False]),
    ],
)
def test_a_class_is_its_place_however_it_is_written(classes, answers):
    assert unpacked(form(*classes).pack(answers)) == [1.0, 0.0]


def test_a_number_is_itself():
    assert unpacked(form().pack([1.5, -2, True])) == [1.5, -2.0, 1.0]


@pytest.mark.parametrize(
    ("classes", "answers", "row"),
    [
        (("no", "yes"), ["yes", "maybe"], 1),
        ((3, 7), [5], 0),
        ((), ["many"], 0),
        ((), [1.0, float("nan")], 1),
        ((), [1e39], 0),
    ],
)
def test_an_answer_that_is_none_says_which_and_why(classes, answers, row):
    with pytest.raises(UnreadableAnswer) as caught:
        form(*classes).pack(answers)
    assert caught.value.row == row


def test_probabilities_are_one_a_class_and_add_up_to_one():
    assert unpacked(form("a", "b").pack_probabilities([[0.25, 0.75]])) == [0.25, 0.75]
    for wrong in ([0.5], [0.5, 0.6], [-0.5, 1.5], [0.2, 0.2]):
        with pytest.raises(UnreadableAnswer):
            form("a", "b").pack_probabilities([wrong])
