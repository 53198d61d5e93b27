"""A request's body to rows that a model takes, by decoders made once for each bundle."""

import struct
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Annotated, Any

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType
from msgspec.structs import astuple

from everloop.errors import BundleRefused
from everloop.records.signature import Column, Signature
from everloop.serving.json_members import refuse_duplicates
from everloop.serving.moments import UNKEPT, is_kept
from everloop.serving.refusal import Refused
from everloop.serving.row_refusal import refused_body, refused_value

Scalar = str | int | float | bool | None
Key = Annotated[str, Meta(max_length=200)]
Entities = dict[Key, Annotated[str, Meta(max_length=1000)] | int]
EventTime = Annotated[datetime, Meta(tz=True)]
Values = tuple[Any, ...]  # one a column of the signature

_KINDS: dict[str, Any] = {"number": float, "boolean": bool, "category": str}


class Decoded:
    """The rows of one request, ready for its bundle.

    `packed`, in the matrix layout, are the rows as little-endian float32, one after the other; in the columns
    layout it is empty, and `values` holds a tuple a row.
    """

    __slots__ = ("packed", "probabilities", "rows", "values")

    def __init__(self, rows: int, packed: bytes, values: Sequence[Values], probabilities: bool) -> None:
        self.rows = rows
        self.packed = packed
        self.values = values
        self.probabilities = probabilities

    @classmethod
    def joined(cls, requests: "Sequence[Decoded]") -> "Decoded":
        """The rows of several requests of one signature, in their order."""
        return cls(
            sum([request.rows for request in requests]),
            b"".join([request.packed for request in requests]),
            [values for request in requests for values in request.values],
            False,
        )

    def split(self, rows: int) -> "tuple[Decoded, Decoded]":
        """The first rows, and the others."""
        at = len(self.packed) // self.rows * rows
        return (
            Decoded(rows, self.packed[:at], self.values[:rows], self.probabilities),
            Decoded(self.rows - rows, self.packed[at:], self.values[rows:], self.probabilities),
        )


class RequestDecoder:
    """Bodies for one signature.

    `{"instances": [{column: value, ...}, ...]}` and, if the caller likes, `ids` (its own, one a row), `entities` (keys
    for feature look-ups, one object a row), `event_time` (ISO 8601 with an offset) and `probabilities` (true).
    """

    def __init__(self, signature: Signature, *, max_rows: int) -> None:
        """Raises BundleRefused for columns that no request could name."""
        self._signature = signature
        self._max_rows = max_rows
        self._width = len(signature.columns)
        self._members = self._width + len(signature.ignored)
        self._optional = bool(signature.ignored) or any(c.nullable for c in signature.columns)
        self._decode: Callable[[bytes], Any] = msgspec.json.Decoder(_body_type(signature)).decode
        self._pack = struct.Struct(f"<{self._width}f").pack
        self._substitutes = [_substitutes(column, signature.layout) for column in signature.columns]
        self._codes = [
            (place, self._substitutes[place].get)
            for place, column in enumerate(signature.columns)
            if column.kind == "category"
        ]
        self._as_matrix = signature.layout == "matrix"
        plain = self._as_matrix and not self._codes and not self._optional
        self._plain_colons = self._members + 1 if plain else 0  # of a body with one row and nothing else

    def decode(self, body: bytes) -> Decoded:
        """The rows in `body`; raises Refused, which names the row and the field, for a body that does not fit."""
        try:
            request = self._decode(body)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise refused_body(error, self._signature) from error
        instances = request.instances
        rows = len(instances)
        if rows == 1 and body.count(b":") == self._plain_colons:  # as `_check` would find, only sooner
            return Decoded(1, self._packed(astuple(instances[0]), 0), (), False)
        self._check(request, rows, body)
        if not self._as_matrix:
            return Decoded(rows, b"", self._texts(instances), bool(request.probabilities))
        packed = b"".join([self._packed(astuple(row), place) for place, row in enumerate(instances)])
        return Decoded(rows, packed, (), bool(request.probabilities))

    def _packed(self, values: Values, row: int) -> bytes:
        """One row as float32. A value that is missing, or does not fit, makes the quick way fail."""
        if len(values) != self._width:
            values = values[: self._width]  # behind them are those the model does not read
        if self._codes:
            coded = list(values)
            for place, code in self._codes:
                coded[place] = code(coded[place], -1.0)
            values = tuple(coded)
        try:
            return self._pack(*values)
        except (struct.error, OverflowError):
            return self._packed_slowly(values, row)

    def _packed_slowly(self, values: Values, row: int) -> bytes:
        filled = [
            substitutes.get(value, value) if value is None or value is UNSET else value
            for value, substitutes in zip(values, self._substitutes, strict=True)
        ]
        try:
            return self._pack(*filled)
        except OverflowError:
            raise self._too_large(filled, row) from None

    def _too_large(self, values: Sequence[Any], row: int) -> Refused:
        for column, value in zip(self._signature.columns, values, strict=True):
            try:
                struct.pack("<f", value)
            except OverflowError:
                return refused_value(row, column.name, f"{value!r} is more than a 32-bit float holds")
        raise AssertionError("a row that could not be packed can be packed")

    def _texts(self, instances: Sequence[Struct]) -> list[Values]:
        """Rows for the columns layout: numbers that fit 32 bits, categories as they came."""
        rows: list[Values] = []
        for place, instance in enumerate(instances):
            values = astuple(instance)[: self._width]
            rows.append(
                tuple(
                    substitutes[value] if value is None or value is UNSET else value
                    for value, substitutes in zip(values, self._substitutes, strict=True)
                )
            )
            for column, value in zip(self._signature.columns, rows[-1], strict=True):
                if column.kind == "number" and abs(value) > _LARGEST:
                    raise self._too_large(rows[-1], place)
        return rows

    def _check(self, request: Any, rows: int, body: bytes) -> None:  # noqa: ANN401 - its type is made at run time
        if not 0 < rows <= self._max_rows:
            raise Refused(
                400, "wrong-row-count", f"A request has 1 to {self._max_rows} instances, not {rows}."
            )
        members = 1
        if request.ids is not UNSET:
            members += 1
            refuse_other_count("ids", request.ids, rows)
        if request.entities is not UNSET:
            members += 1 + sum(len(entity) for entity in request.entities if entity is not None)
            refuse_other_count("entities", request.entities, rows)
        if request.event_time is not UNSET and not is_kept(request.event_time):
            more = {"field": "event_time"}
            raise Refused(400, "invalid-request", f"`event_time`: {UNKEPT}.", more=more)
        if request.probabilities is not UNSET:
            members += 1
            if request.probabilities and self._signature.task != "classification":
                raise Refused(
                    400, "no-probabilities", "This endpoint predicts a number, which has no probabilities."
                )
        if self._optional:
            members += sum([self._members - astuple(row).count(UNSET) for row in request.instances])
        else:
            members += rows * self._members
        # Each member of an object has a colon of its own, so as many colons as different members means that none
        # came twice. More may also lie inside of texts: only then is the body read a second time.
        if body.count(b":") != members:
            refuse_duplicates(body)


_LARGEST = (2 - 2**-24) * 2.0**127  # what still rounds to a finite float32


def _body_type(signature: Signature) -> type[Struct]:
    return msgspec.defstruct(
        "Request",
        [
            ("instances", list[row_type(signature)]),  # type: ignore[misc]
            ("ids", list[Key] | UnsetType, UNSET),
            ("entities", list[Entities | None] | UnsetType, UNSET),
            ("event_time", EventTime | UnsetType, UNSET),
            ("probabilities", bool | UnsetType, UNSET),
        ],
        forbid_unknown_fields=True,
        gc=False,
    )


def row_type(signature: Signature) -> type[Struct]:
    """One row as JSON: a field a column, in their order, `c0`, `c1` and so on; raises BundleRefused."""
    fields: list[Any] = []
    names: dict[str, str] = {}
    for place, column in enumerate(signature.columns):
        kind = _KINDS[column.kind]
        names[f"c{place}"] = column.name
        fields.append(
            (f"c{place}", kind | None | UnsetType, UNSET) if column.nullable else (f"c{place}", kind)
        )
    for place, name in enumerate(signature.ignored):
        names[f"i{place}"] = name
        fields.append((f"i{place}", Scalar | UnsetType, UNSET))
    try:
        return msgspec.defstruct(
            "Row", fields, rename=names, kw_only=True, forbid_unknown_fields=True, gc=False
        )
    except ValueError as error:
        raise BundleRefused(
            f"Its signature names a column that no request can name: {error}.", remedy="Rename the column."
        ) from error


def _substitutes(column: Column, layout: str) -> dict[Any, Any]:
    """What the model takes in place of a value: codes of categories, and the stand-in of one that is missing."""
    if column.kind == "category" and layout == "columns":
        missing: Any = "" if column.missing is None else str(column.missing)
        return {None: missing, UNSET: missing}
    codes: dict[Any, Any] = {}
    if column.kind == "category":
        codes = {category: float(code) for code, category in enumerate(column.categories)}
    missing = column.missing
    if missing is None:
        missing = float("nan")
    elif isinstance(missing, str):
        missing = codes.get(missing, -1.0)
    return {**codes, None: missing, UNSET: missing}


def refuse_other_count(member: str, given: Sequence[object], rows: int) -> None:
    """Raises Refused unless there is one entry a row."""
    if len(given) != rows:
        raise Refused(
            400, "wrong-count", f"`{member}` has {len(given)} entries for {rows} instances; give one a row."
        )
