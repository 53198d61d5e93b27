"""Answers that somebody else's model gave, as the capture log keeps answers."""

import math
import struct
from collections.abc import Sequence

from everloop.records.signature import Label, Signature

NEARLY_ONE = 0.02  # by how much the sum of a row's probabilities may miss 1: others round them


class UnreadableAnswer(ValueError):
    """An answer that is none of the classes, or no number; `row` counts from 0."""

    def __init__(self, row: int, why: str) -> None:
        super().__init__(why)
        self.row = row


class AnswerForm:
    """The form of one signature's answers: places of classes, probabilities of them, or numbers, as float32."""

    def __init__(self, signature: Signature) -> None:
        self.width = len(signature.classes)
        self._places = _places(signature.classes)
        self._known = ", ".join(str(label) for label in signature.classes[:8])

    def pack(self, answers: Sequence[Label]) -> bytes:
        """A float32 a row; raises UnreadableAnswer."""
        values = self._classes(answers) if self._places else _numbers(answers)
        return struct.pack(f"<{len(values)}f", *values)

    def pack_probabilities(self, rows: Sequence[Sequence[float]]) -> bytes:
        """A float32 a class for each row, the classes in the signature's order; raises UnreadableAnswer."""
        for place, row in enumerate(rows):
            if len(row) != self.width:
                raise UnreadableAnswer(place, f"it has {len(row)} probabilities for {self.width} classes")
            if not all(0 <= chance <= 1 for chance in row) or abs(sum(row) - 1) > NEARLY_ONE:
                raise UnreadableAnswer(place, "its probabilities do not add up to 1")
        return b"".join([struct.pack(f"<{self.width}f", *row) for row in rows])

    def _classes(self, answers: Sequence[Label]) -> list[float]:
        found: list[float] = []
        for row, answer in enumerate(answers):
            place = self._places.get(answer if isinstance(answer, str) else _text(answer))
            if place is None:
                raise UnreadableAnswer(row, f"{str(answer)[:80]!r} is none of its classes: {self._known}")
            found.append(place)
        return found


def _numbers(answers: Sequence[Label]) -> list[float]:
    for row, answer in enumerate(answers):
        if isinstance(answer, str) or not math.isfinite(answer) or abs(answer) > _LARGEST:
            raise UnreadableAnswer(row, f"{str(answer)[:80]!r} is no number of 32 bits")
    return [float(answer) for answer in answers]


def _places(classes: Sequence[Label]) -> dict[str, float]:
    """The places of the classes by their texts; of booleans also by 0 and 1, as many servers write them."""
    places = {_text(label): float(place) for place, label in enumerate(classes)}
    if set(classes) == {False, True}:
        for text, other in (("false", "0"), ("true", "1"), ("0", "false"), ("1", "true")):
            if text in places:
                places.setdefault(other, places[text])
                places.setdefault(text.capitalize(), places[text])
    return places


def _text(label: Label) -> str:
    """As all ways to write a label have it in common.

    >>> _text(True), _text(7), _text(7.0), _text("7")
    ('true', '7', '7', '7')
    """
    if isinstance(label, bool):
        return "true" if label else "false"
    if isinstance(label, float) and label.is_integer():
        return str(int(label))
    return str(label)


_LARGEST = 3.4028235e38
