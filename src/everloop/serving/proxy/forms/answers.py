"""Answers as servers write them, a row at a time: a label, a number, probabilities, or an object that holds one."""

from typing import Any

from everloop.serving.proxy.forms.form import Given, Unreadable

LABELS = ("predicted_label", "prediction", "predicted_class", "label", "class", "predictions", "result")
CHANCES = ("probabilities", "probability", "scores", "predict_proba")
VALUES = ("score", "value", "output")


def one_a_row(found: Any, rows: int) -> Given:  # noqa: ANN401 - whatever JSON holds
    """The answers to so many rows; one alone may stand without a list. Raises Unreadable.

    A list in a list is a row's probabilities, or its one answer.
    """
    listed = found if isinstance(found, list) else [found]
    if rows == 1 and len(listed) != 1 and all(isinstance(each, float | int) for each in listed):
        listed = [listed]
    if len(listed) != rows:
        raise Unreadable(f"it has {len(listed)} answers to {rows} rows")
    plain = [_plain(each) for each in listed]
    if all(isinstance(each, list) for each in plain):
        if all(len(each) == 1 for each in plain):
            return Given(answers=[each[0] for each in plain])
        return Given(probabilities=plain)
    if any(isinstance(each, list | dict) or each is None for each in plain):
        raise Unreadable("an answer is no label and no number")
    return Given(answers=plain)


def _plain(each: Any) -> Any:  # noqa: ANN401 - whatever JSON holds
    """What an object that stands for an answer holds."""
    if not isinstance(each, dict):
        return each
    for name in (*LABELS, *CHANCES, *VALUES):
        if name in each:
            return each[name]
    if len(each) == 1:
        return next(iter(each.values()))
    raise Unreadable("an answer is an object without a member that is known, such as `prediction`")
