"""MLflow's scoring protocol: a data frame as JSON, or rows under `inputs` or `instances`."""

from typing import Any

from everloop.serving.proxy.forms.answers import one_a_row
from everloop.serving.proxy.forms.fields import listed
from everloop.serving.proxy.forms.form import Body, Given, Row, Unreadable, member
from everloop.serving.proxy.forms.separated import Separated


class Frames:
    """What `mlflow models serve` takes and gives."""

    def rows(self, question: Body) -> list[Row]:
        """The rows of the frame."""
        if question.content_type == "text/csv":
            return Separated().rows(question)
        document = question.json()
        if not isinstance(document, dict):
            raise Unreadable("it is no object")
        if "dataframe_split" in document:
            return _split(document["dataframe_split"])
        if "dataframe_records" in document:
            return listed(document["dataframe_records"])
        if "instances" in document:
            return listed(document["instances"])
        if "inputs" in document:
            return _inputs(document["inputs"])
        raise Unreadable("it has no `dataframe_split`, `dataframe_records`, `instances` or `inputs`")

    def given(self, answer: Body, rows: int) -> Given:
        """The predictions."""
        document = answer.json()
        held = member(document, "predictions") if isinstance(document, dict) else document
        return one_a_row(held, rows)


def _split(frame: Any) -> list[Row]:  # noqa: ANN401 - whatever JSON holds
    if not isinstance(frame, dict) or not isinstance(frame.get("data"), list):
        raise Unreadable("its frame has no data")
    names, lines = frame.get("columns"), frame["data"]
    if names is None:
        return listed(lines)
    if not isinstance(names, list) or any(
        not isinstance(line, list) or len(line) != len(names) for line in lines
    ):
        raise Unreadable("its frame has lines of another length than its columns")
    return [dict(zip(map(str, names), line, strict=True)) for line in lines]


def _inputs(found: Any) -> list[Row]:  # noqa: ANN401 - whatever JSON holds
    """Rows, or columns by name."""
    if isinstance(found, dict) and found and all(isinstance(column, list) for column in found.values()):
        lengths = {len(column) for column in found.values()}
        if len(lengths) != 1:
            raise Unreadable("its columns have different lengths")
        return [{name: column[place] for name, column in found.items()} for place in range(lengths.pop())]
    return listed(found)
