"""One action or query as the outside sees it: its name, its path, what goes in and what comes out."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, Literal, TypeVar

from everloop.actions.context import Context

Q = TypeVar("Q")
A = TypeVar("A")


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation(Generic[Q, A]):
    """Fields of `request` that stand in `path` come from there; the rest from the query (GET) or from the body.

    The body of a POST is JSON, or for `rows` an Arrow IPC stream, handed over as `context.table`; the remaining fields
    then come from the query. An answer of `rows` is an Arrow IPC stream too, and `run` gives a `pyarrow.Table`.
    """

    name: str
    method: Literal["GET", "POST"]
    path: str
    request: type[Q]
    run: Callable[[Context, Q], A]
    summary: str
    response: type[A] | None = None  # None where it gives rows
    takes: Literal["json", "rows"] = "json"
    gives: Literal["json", "rows"] = "json"
