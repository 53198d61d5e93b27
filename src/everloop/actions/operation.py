"""One action or query as the outside sees it: its name, its path, what goes in and what comes out."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from everloop.actions.context import Context


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """Fields of `request` that stand in `path` come from there; the rest from the query (GET, or a body of rows)
    or from the JSON body (POST). An `arrow` body is an Arrow IPC stream, handed over as `context.table`; an
    `arrow` answer is one too, and `run` gives a `pyarrow.Table`.
    """

    name: str
    method: Literal["GET", "POST"]
    path: str
    request: type
    response: Any  # a type that msgspec can write; pyarrow.Table for an arrow answer
    run: Callable[[Context, Any], Any]
    summary: str
    body: Literal["none", "json", "arrow"] = "json"
    answer: Literal["json", "arrow"] = "json"
