"""Captured request bodies to columns of inputs, by decoders made once for each signature."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import msgspec
import pyarrow as pa
from msgspec.structs import astuple

from everloop.ledger.arrow import Column
from everloop.records.signature import Signature

_TYPES: dict[str, tuple[Any, pa.DataType]] = {
    "number": (float, pa.float64()),
    "boolean": (bool, pa.bool_()),
    "category": (str, pa.string()),
    "ignored": (Any, pa.string()),
}


@dataclass(slots=True)
class Inputs:
    """What callers sent, a value a row in each column."""

    columns: dict[str, Column] = field(default_factory=dict)  # `<kind>.<name>`
    caller_ids: list[str | None] = field(default_factory=list)
    entities: list[str | None] = field(default_factory=list)  # JSON
    event_times: list[datetime | None] = field(default_factory=list)
    unread: list[bytes | None] = field(default_factory=list)  # the body, where it could not be read


class BodyReader:
    """Reads the bodies that were sent to bundles of one signature.

    A body was accepted before it was captured. One that cannot be read all the same is kept as it is: the row is
    there, its inputs are null.
    """

    def __init__(self, signature: Signature) -> None:
        kinds = [(column.kind, column.name) for column in signature.columns]
        self._fields = [*kinds, *(("ignored", name) for name in signature.ignored)]
        self._blank = (None,) * len(self._fields)
        self._strict = msgspec.json.Decoder(self._body_type(lenient=False))
        self._lenient = msgspec.json.Decoder(self._body_type(lenient=True))

    def read(self, bodies: Sequence[bytes], counts: Sequence[int]) -> Inputs:
        """The columns of all bodies, one after the other; body n has `counts[n]` rows."""
        found = Inputs()
        rows: list[tuple[Any, ...]] = []
        for body, count in zip(bodies, counts, strict=True):
            request = self._decoded(body, count)
            if request is None:
                rows.extend([self._blank] * count)
                found.unread.extend([body] * count)
                _repeat_none(found, count)
                continue
            rows.extend(map(astuple, request.instances))
            found.unread.extend([None] * count)
            found.caller_ids.extend(request.ids or [None] * count)
            found.entities.extend(map(_as_json, request.entities or [None] * count))
            found.event_times.extend([request.event_time] * count)
        values = list(zip(*rows, strict=True)) if rows else [()] * len(self._fields)
        for (kind, name), column in zip(self._fields, values, strict=True):
            found.columns[f"{kind}.{name}"] = _array(column, kind)
        return found

    def _decoded(self, body: bytes, count: int) -> Any:  # noqa: ANN401 - its type is made at run time
        for decoder in (self._strict, self._lenient):
            try:
                request: Any = decoder.decode(body)
            except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
                continue
            parts = (request.instances, request.ids, request.entities)
            return request if all(part is None or len(part) == count for part in parts) else None
        return None

    def _body_type(self, *, lenient: bool) -> type[msgspec.Struct]:
        fields: list[tuple[str, Any, Any]] = []
        for place, (kind, _) in enumerate(self._fields):
            fields.append((f"c{place}", Any if lenient else _TYPES[kind][0] | None, None))
        names = {f"c{place}": name for place, (_, name) in enumerate(self._fields)}
        row = msgspec.defstruct("Row", fields, rename=names, gc=False)
        return msgspec.defstruct(
            "Body",
            [
                ("instances", list[row]),  # type: ignore[valid-type]
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


def _as_json(entity: dict[str, Any] | None) -> str | None:
    return None if entity is None else msgspec.json.encode(entity, order="sorted").decode()


def _repeat_none(found: Inputs, count: int) -> None:
    for column in (found.caller_ids, found.entities, found.event_times):
        column.extend([None] * count)
