"""The form that a body is written in, found by looking at it."""

from collections.abc import Callable, Collection, Mapping
from typing import Any

from everloop.serving.proxy.forms.answers import LABELS, one_a_row
from everloop.serving.proxy.forms.fields import Fields, listed
from everloop.serving.proxy.forms.form import Body, Form, Given, Row, Unreadable
from everloop.serving.proxy.forms.frames import Frames
from everloop.serving.proxy.forms.separated import Separated
from everloop.serving.proxy.forms.tensors import Tensors

CSV = "text/csv"
FRAMES = ("dataframe_split", "dataframe_records", "inputs")


class Auto:
    """Looks at the members of each body; `columns` are those of the model, by which a bare row is known."""

    def __init__(self, columns: Collection[str]) -> None:
        self._columns = frozenset(columns)

    def rows(self, question: Body) -> list[Row]:
        """Rows in whichever form they are."""
        if question.content_type == CSV:
            return Separated().rows(question)
        document = question.json()
        if isinstance(document, list):
            return listed(document)
        if not isinstance(document, dict):
            raise Unreadable("it is no object and no list")
        if "instances" in document:
            return Fields().rows(question)
        if _has_tensors(document.get("inputs")):
            return Tensors().rows(question)
        if self._columns & document.keys():
            return [document]
        if any(name in document for name in FRAMES):
            return Frames().rows(question)
        for held in document.values():  # one member with rows, whatever it is called
            rows = held if isinstance(held, list) else [held]
            if rows and all(isinstance(row, dict) and self._columns & row.keys() for row in rows):
                return rows
        raise Unreadable("no rows were found in it: say where they are with --inputs")

    def given(self, answer: Body, rows: int) -> Given:
        """Answers in whichever form they are."""
        if answer.content_type.startswith(CSV) or answer.content_type == "text/plain":
            return Separated().given(answer, rows)
        document = answer.json()
        if not isinstance(document, dict):
            return one_a_row(document, rows)
        if _has_tensors(document.get("outputs")):
            return Tensors().given(answer, rows)
        for name in ("predictions", "outputs", *LABELS):
            if name in document:
                return Fields(outputs=name).given(answer, rows)
        raise Unreadable("no answers were found in it: say where they are with --outputs")


def form_of(name: str, inputs: str, outputs: str, columns: Collection[str]) -> Form:
    """The form that was asked for; named members take the place of those of `v1`. Raises KeyError."""
    if inputs or outputs:
        if name == "v2":
            return Tensors(outputs)
        return Named(inputs, outputs, Auto(columns))
    makers: Mapping[str, Callable[[], Form]] = {
        "auto": lambda: Auto(columns),
        "v1": Fields,
        "v2": Tensors,
        "mlflow": Frames,
        "sagemaker": lambda: Auto(columns),
        "csv": Separated,
    }
    return makers[name]()


FORMS = ("auto", "v1", "v2", "mlflow", "sagemaker", "csv")


class Named:
    """Rows or answers in members that a person named; the other of the two is looked for."""

    def __init__(self, inputs: str, outputs: str, otherwise: Form) -> None:
        self._inputs = Fields(inputs=inputs) if inputs else otherwise
        self._outputs = Fields(outputs=outputs) if outputs else otherwise

    def rows(self, question: Body) -> list[Row]:
        """The rows."""
        return self._inputs.rows(question)

    def given(self, answer: Body, rows: int) -> Given:
        """The answers."""
        return self._outputs.given(answer, rows)


def _has_tensors(found: Any) -> bool:  # noqa: ANN401 - whatever JSON holds
    """Whether it is a list of objects with a shape."""
    return isinstance(found, list) and bool(found) and isinstance(found[0], dict) and "shape" in found[0]
