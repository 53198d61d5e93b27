"""Rows as others write them to rows as the ledger reads them: by column, in the kind of each."""

from collections.abc import Sequence
from typing import Any

from everloop.records.signature import Signature
from everloop.serving.proxy.forms.form import Row, Unreadable

_TRUE, _FALSE = frozenset({"true", "1", "1.0"}), frozenset({"false", "0", "0.0"})


class RowReader:
    """Of one signature."""

    def __init__(self, signature: Signature) -> None:
        self._kinds = {column.name: column.kind for column in signature.columns}
        self._order = [column.name for column in signature.columns]
        self._known = {*self._order, *signature.ignored}

    def instances(self, rows: Sequence[Row]) -> list[dict[str, Any]]:
        """Each row by column; members that are no columns are left out. Raises Unreadable for a row without any."""
        return [self._instance(row, place) for place, row in enumerate(rows)]

    def _instance(self, row: Row, place: int) -> dict[str, Any]:
        if isinstance(row, list):
            if len(row) != len(self._order):
                raise Unreadable(f"a row has {len(row)} values for {len(self._order)} inputs")
            row = dict(zip(self._order, row, strict=True))
        found = {name: self._cell(name, value) for name, value in row.items() if name in self._known}
        if not found.keys() & self._kinds.keys():
            raise Unreadable("a row has none of the inputs that are watched")
        return found

    def _cell(self, name: str, value: Any) -> Any:  # noqa: ANN401 - whatever JSON holds
        """The value in its column's kind where it says the same: a number may be written as a text."""
        kind = self._kinds.get(name)
        if kind == "number":
            if isinstance(value, str):
                return _number(value)
            return float(value) if isinstance(value, bool) else value
        if kind == "boolean" and not isinstance(value, bool) and value is not None:
            told = str(value).strip().lower()
            return True if told in _TRUE else False if told in _FALSE else None
        return value


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None
