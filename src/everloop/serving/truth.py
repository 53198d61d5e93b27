"""Which outcomes can be the truth of an endpoint's predictions. All are kept; whoever sends others is told at once."""

from collections.abc import Callable, Sequence
from math import isfinite
from typing import Any

from everloop.ledger.capture import Received
from everloop.records.signature import Label, Signature

NAMED = 20  # rows of one kind that an answer names
LARGEST = 3.4028234663852886e38  # that models answer in, 32-bit floats

Doubt = dict[str, Any]  # name, why, count, rows (places in the request, the first few)


class Truth:
    """What the variants of one endpoint learn and answer."""

    __slots__ = ("_classes", "_name", "_reads", "_why")

    def __init__(self, signatures: Sequence[Signature]) -> None:
        """The champion's signature first: its target is the truth. A class that any of them knows is one."""
        first = signatures[0]
        self._name = first.target
        classes = [label for signature in signatures for label in signature.classes]
        self._reads = _reader(classes) if classes else _number
        self._classes = frozenset(map(self._reads, classes)) if classes else None
        self._why = f"no class of the model, such as {_some(classes)}" if classes else "no number"

    def not_counted(self, outcomes: Sequence[Received]) -> list[Doubt]:
        """What of these teaches nothing and judges nobody, one entry for each name and reason."""
        found: dict[tuple[str, str], list[int]] = {}
        for place, outcome in enumerate(outcomes):
            if outcome.name != self._name:
                found.setdefault((outcome.name, f"the truth here is `{self._name}`"), []).append(place)
            elif not self._counts(outcome.value):
                found.setdefault((outcome.name, self._why), []).append(place)
        return [
            {"name": name, "why": why, "count": len(places), "rows": places[:NAMED]}
            for (name, why), places in found.items()
        ]

    def _counts(self, value: Label) -> bool:
        read = self._reads(value)
        return read is not None and (self._classes is None or read in self._classes)


def _reader(classes: Sequence[Label]) -> Callable[[Label], Label | None]:
    """How the ledger reads a value among labels of this kind: `7` is 7 among numbers, `True` is true among booleans."""
    if all(isinstance(label, bool) for label in classes):
        return _boolean
    if all(isinstance(label, int | float) for label in classes):
        return _number
    return _text


def _boolean(value: Label) -> bool | None:
    text = str(value).lower()
    return {"true": True, "false": False, "1": True, "0": False, "1.0": True, "0.0": False}.get(text)


def _number(value: Label) -> float | None:
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if isfinite(number) and abs(number) <= LARGEST else None


def _text(value: Label) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def _some(classes: Sequence[Label], shown: int = 3) -> str:
    return ", ".join(f"`{_text(label)}`" for label in dict.fromkeys(classes[:shown]))
