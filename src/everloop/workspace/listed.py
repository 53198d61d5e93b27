"""A tuple of results that shows itself as a table in a notebook."""

from collections.abc import Callable, Iterable, Sequence
from typing import Generic, TypeVar

from everloop.shown.markup import facts, table

T = TypeVar("T")


class Listed(tuple[T, ...], Generic[T]):
    """Like any tuple; `head` and `row` say how its members stand in a table."""

    _head: Sequence[str]
    _line: Callable[[T], Sequence[object]]
    _title: str
    _newest_last: bool

    @classmethod
    def of(
        cls,
        members: Iterable[T],
        head: Sequence[str],
        row: Callable[[T], Sequence[object]],
        *,
        title: str = "",
        newest_last: bool = False,
    ) -> "Listed[T]":
        """The members, in their order."""
        made = cls(members)
        made._head, made._line, made._title, made._newest_last = head, row, title, newest_last
        return made

    def _repr_html_(self) -> str:
        if not self:
            return facts(self._title, [("", "none yet")])
        lines = (self._line(member) for member in self)
        return table(self._head, lines, title=self._title, newest_last=self._newest_last)
