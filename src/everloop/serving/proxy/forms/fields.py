"""JSON with a member for the rows and one for the answers: our own, TensorFlow's, KServe's V1, and most others."""

from typing import Any

from everloop.serving.proxy.forms.answers import one_a_row
from everloop.serving.proxy.forms.form import Body, Given, Row, Unreadable, member

FEATURES = (
    "features",
    "values",
    "data",
    "inputs",
    "instance",
)  # that hold a row which is an object around it


class Fields:
    """Rows at `inputs`, answers at `outputs`: paths of `member`."""

    def __init__(self, inputs: str = "instances", outputs: str = "predictions") -> None:
        self._inputs = inputs
        self._outputs = outputs

    def rows(self, question: Body) -> list[Row]:
        """A list of rows, or one row that is an object."""
        return listed(member(question.json(), self._inputs))

    def given(self, answer: Body, rows: int) -> Given:
        """A list of answers, or one; our own probabilities with them."""
        document = answer.json()
        found = one_a_row(member(document, self._outputs), rows)
        if self._outputs == "predictions" and isinstance(document, dict) and "classes" in document:
            chances = document.get("probabilities")
            if isinstance(chances, list) and len(chances) == rows:
                return Given(answers=found.answers, probabilities=chances)
        return found


def listed(found: Any) -> list[Row]:  # noqa: ANN401 - whatever JSON holds
    """Rows, each an object or a list; raises Unreadable."""
    rows = found if isinstance(found, list) else [found]
    if rows and not isinstance(rows[0], list | dict):
        rows = [rows]  # one row, written as a list
    plain: list[Row] = []
    for row in rows:
        inner = _inner(row)
        if not isinstance(inner, list | dict):
            raise Unreadable("a row is no object and no list")
        plain.append(inner)
    if not plain:
        raise Unreadable("it has no rows")
    return plain


def _inner(row: Any) -> Any:  # noqa: ANN401 - whatever JSON holds
    if isinstance(row, dict) and len(row) == 1:
        name, held = next(iter(row.items()))
        if name in FEATURES and isinstance(held, list | dict):
            return held
    return row
