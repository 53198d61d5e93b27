"""Values with commas between them, a row a line: SageMaker's built-in models, and MLflow's with a header."""

import csv
import io
from typing import Any

from everloop.serving.proxy.forms.answers import one_a_row
from everloop.serving.proxy.forms.form import Body, Given, Row, Unreadable


class Separated:
    """Lines without a header, in the columns' order; with one, by its names."""

    def rows(self, question: Body) -> list[Row]:
        """The lines. The first is a header if nothing in it is a number and something below it is."""
        lines = _lines(question)
        first, rest = lines[0], lines[1:]
        if rest and not any(map(_is_number, first)) and len(set(first)) == len(first):
            if any(len(line) != len(first) for line in rest):
                raise Unreadable("its lines have different lengths")
            return [dict(zip(first, line, strict=True)) for line in rest]
        return [list(line) for line in lines]

    def given(self, answer: Body, rows: int) -> Given:
        """An answer a line, or all on one line; lines of several numbers are probabilities."""
        if answer.content_type == "application/json":
            document = answer.json()
            held = document.get("predictions", document) if isinstance(document, dict) else document
            return one_a_row(held, rows)
        lines: list[Any] = [[_value(cell) for cell in line] for line in _lines(answer)]
        if len(lines) == 1 and rows > 1 and len(lines[0]) == rows:
            lines = [[value] for value in lines[0]]
        return one_a_row(lines, rows)


def _lines(body: Body) -> list[list[str]]:
    try:
        lines = [line for line in csv.reader(io.StringIO(body.data.decode("utf-8-sig"))) if line]
    except (UnicodeDecodeError, csv.Error) as error:
        raise Unreadable("it is no CSV") from error
    if not lines:
        raise Unreadable("it has no lines")
    return lines


def _is_number(text: str) -> bool:
    return isinstance(_value(text), float)


def _value(text: str) -> float | str:
    try:
        return float(text)
    except ValueError:
        return text
