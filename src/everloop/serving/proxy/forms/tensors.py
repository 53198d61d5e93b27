"""The open inference protocol, KServe's V2: named tensors with a shape."""

from typing import Any

from everloop.serving.proxy.forms.form import Body, Given, Row, Unreadable, member

CHANCES = ("proba", "scores")  # in the names of tensors that hold them


class Tensors:
    """One tensor with a row a line, or one a column. `output`, where it is given, names the answers' tensor."""

    def __init__(self, output: str = "") -> None:
        self._output = output

    def rows(self, question: Body) -> list[Row]:
        """The lines of the one tensor, or the columns put together."""
        tensors = [_tensor(each) for each in _list(member(question.json(), "inputs"))]
        if not tensors:
            raise Unreadable("it has no tensors")
        if len(tensors) == 1 and len(tensors[0][1]) == 2 and tensors[0][1][1] != 1:
            return list(_lines(*tensors[0][1:]))
        count = tensors[0][1][0]
        if any(shape[0] != count or len(cells) != count for _, shape, cells in tensors):
            raise Unreadable("its tensors are not one a column")
        return [{name: cells[place] for name, _, cells in tensors} for place in range(count)]

    def given(self, answer: Body, rows: int) -> Given:
        """Of several tensors the one with a value a row; one with several a row holds probabilities."""
        tensors = [_tensor(each) for each in _list(member(answer.json(), "outputs"))]
        if self._output:
            tensors = [each for each in tensors if each[0] == self._output]
        fitting = [each for each in tensors if each[1] and each[1][0] == rows]
        plain = [cells for _, shape, cells in fitting if len(cells) == rows]
        chances = [
            list(_lines(shape, cells))
            for name, shape, cells in fitting
            if len(shape) == 2 and shape[1] > 1 and (not plain or any(c in name.lower() for c in CHANCES))
        ]
        if not plain and not chances:
            raise Unreadable(f"no tensor of it has an answer for each of {rows} rows")
        return Given(answers=plain[0] if plain else (), probabilities=chances[0] if chances else ())


def _list(found: Any) -> list[Any]:  # noqa: ANN401 - whatever JSON holds
    if not isinstance(found, list):
        raise Unreadable("its tensors are no list")
    return found


def _tensor(found: Any) -> tuple[str, list[int], list[Any]]:  # noqa: ANN401 - whatever JSON holds
    """Name, shape and flat cells."""
    if not isinstance(found, dict) or "data" not in found:
        raise Unreadable("a tensor of it has no `data`: binary ones are not read")
    cells = found["data"]
    if isinstance(cells, list) and cells and isinstance(cells[0], list):
        cells = [cell for line in cells for cell in line]
    shape = found.get("shape")
    if not isinstance(cells, list) or not isinstance(shape, list) or not shape:
        raise Unreadable("a tensor of it has no shape")
    size = 1
    for length in shape:
        if not isinstance(length, int) or length < 0:
            raise Unreadable("a tensor's shape is not of whole numbers")
        size *= length
    if size != len(cells):
        raise Unreadable(f"a tensor of shape {shape} holds {len(cells)} values")
    return str(found.get("name", "")), shape, cells


def _lines(shape: list[int], cells: list[Any]) -> list[list[Any]]:
    rows, width = shape
    return [cells[row * width : (row + 1) * width] for row in range(rows)]
