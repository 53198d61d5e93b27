"""Captured request bodies to columns of inputs, by decoders made once for each signature."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa

from everloop.ledger.arrow import Column
from everloop.records.signature import Signature

_TYPES: dict[str, tuple[Any, pa.DataType]] = {
    "number": (float, pa.float64()),
    "boolean": (bool, pa.bool_()),
    "category": (str, pa.string()),
    "ignored": (Any, pa.string()),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs:
    """What callers sent, a value a row in each column."""

    columns: dict[str, Column]  # `<kind>.<name>`
    caller_ids: Column
    entities: Column  # JSON
    event_times: Column
    unread: Column  # the body, where it could not be read

    @classmethod
    def unknown(cls, rows: int) -> "Inputs":
        """Those of rows whose bodies are not read."""
        text = pa.nulls(rows, pa.string())
        moments = pa.nulls(rows, pa.timestamp("us", "UTC"))
        return cls(
            columns={},
            caller_ids=text,
            entities=text,
            event_times=moments,
            unread=pa.nulls(rows, pa.binary()),
        )


class BodyReader:
    """Reads the bodies that were sent to bundles of one signature.

    A body was accepted before it was captured. One that cannot be read all the same is kept as it is: the row is
    there, its inputs are null.
    """

    def __init__(self, signature: Signature) -> None:
        kinds = [(column.kind, column.name) for column in signature.columns]
        self._fields = [*kinds, *(("ignored", name) for name in signature.ignored)]
        self._lenient = msgspec.json.Decoder(_body_type(dict[str, Any]))
        try:
            self._row = _row_type(self._fields, named=True)
            self._strict = msgspec.json.Decoder(_body_type(self._row))
        except ValueError:  # a name with quotes, or one that comes twice: no struct can have it
            self._row = _row_type(self._fields, named=False)
            self._strict = self._lenient

    def read(self, bodies: Sequence[bytes], counts: Sequence[int]) -> Inputs:
        """The columns of all bodies, one after the other; body n has `counts[n]` rows."""
        requests = [self._decoded(body, count) for body, count in zip(bodies, counts, strict=True)]
        rows: list[Any] = []
        for request, count in zip(requests, counts, strict=True):
            rows.extend([self._row()] * count if request is None else map(self._as_row, request.instances))
        unread = [body if request is None else None for body, request in zip(bodies, requests, strict=True)]
        return Inputs(
            columns={
                f"{kind}.{name}": _array(list(map(attrgetter(f"c{place}"), rows)), kind)
                for place, (kind, name) in enumerate(self._fields)
            },
            caller_ids=_of_rows(requests, counts, "ids", pa.string()),
            entities=_of_rows(requests, counts, "entities", pa.string()),
            event_times=_of_requests(
                [r and r.event_time for r in requests], counts, pa.timestamp("us", "UTC")
            ),
            unread=_of_requests(unread, counts, pa.binary()),
        )

    def _decoded(self, body: bytes, count: int) -> Any:  # noqa: ANN401 - its type is made at run time
        for decoder in (self._strict, self._lenient):
            try:
                request: Any = decoder.decode(body)
            except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
                continue
            fits = len(request.instances) == count
            fits = fits and (request.ids is None or len(request.ids) == count)
            return request if fits and (request.entities is None or len(request.entities) == count) else None
        return None

    def _as_row(self, instance: Any) -> Any:  # noqa: ANN401 - its type is made at run time
        if isinstance(instance, dict):
            return self._row(*[instance.get(name) for _, name in self._fields])
        return instance


def _row_type(fields: Sequence[tuple[str, str]], *, named: bool) -> type[msgspec.Struct]:
    typed: list[tuple[str, Any, Any]] = []
    for place, (kind, _) in enumerate(fields):
        typed.append((f"c{place}", _TYPES[kind][0] | None, None))
    names = {f"c{place}": name for place, (_, name) in enumerate(fields)}
    return msgspec.defstruct("Row", typed, rename=names if named else None, gc=False)


def _body_type(row: Any) -> type[msgspec.Struct]:  # noqa: ANN401 - a type
    return msgspec.defstruct(
        "Body",
        [
            ("instances", list[row]),
            ("ids", list[str] | None, None),
            ("entities", list[dict[str, Any] | None] | None, None),
            ("event_time", datetime | None, None),
        ],
        gc=False,
    )


def _array(column: Sequence[Any], kind: str) -> Column:
    wanted = _TYPES[kind][1]
    if kind != "ignored":
        try:
            return pa.array(column, wanted)
        except (pa.ArrowInvalid, pa.ArrowTypeError, UnicodeEncodeError, OverflowError):
            pass
    return pa.array([_converted(value, kind) for value in column], wanted)


def _converted(value: Any, kind: str) -> float | bool | str | None:  # noqa: ANN401 - whatever JSON holds
    if value is None:
        return None
    if kind == "number":
        return float(value) if isinstance(value, int | float) else None
    if kind == "boolean":
        return value if isinstance(value, bool) else None
    text = value if isinstance(value, str) else msgspec.json.encode(value).decode()
    return text.encode("utf-8", "replace").decode()


def _of_rows(requests: Sequence[Any], counts: Sequence[int], member: str, wanted: pa.DataType) -> Column:
    """A member that has an entry a row; objects as JSON."""
    given = [request and getattr(request, member) for request in requests]
    if not any(given):
        return pa.array([None] * sum(counts), wanted)
    entries = [
        entry
        if isinstance(entry, str) or entry is None
        else msgspec.json.encode(entry, order="sorted").decode()
        for entries, count in zip(given, counts, strict=True)
        for entry in entries or [None] * count
    ]
    return pa.array(entries, wanted)


def _of_requests(values: Sequence[Any], counts: Sequence[int], wanted: pa.DataType) -> Column:
    """A member of the whole request, repeated for its rows."""
    return pa.array(values, wanted).take(np.repeat(np.arange(len(counts)), counts))
