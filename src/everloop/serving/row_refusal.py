"""Why a body was not taken, in words that name the row and the field."""

import difflib
import re

import msgspec

from everloop.records.signature import Signature
from everloop.serving.refusal import Refused

_PLACE = re.compile(r"(?s)(.*) - at `\$\.instances\[(\d+)\](?:\.(.*))?`")
_UNKNOWN = re.compile(r"(?s)Object contains unknown field `(.*)`")
_ABSENT = re.compile(r"(?s)Object missing required field `(.*)`")
_LONGEST = 120  # characters of a caller's text that we repeat


def refused_value(row: int, field: str, why: str) -> Refused:
    """A problem that names a row (from 0) and a field of it."""
    return Refused(
        400,
        "invalid-row",
        f"instances[{row}], column {field[:_LONGEST]!r}: {why}.",
        more={"row": row, "field": field[:_LONGEST]},
    )


def refused_body(error: Exception, signature: Signature) -> Refused:
    """The problem that tells why msgspec did not take a body."""
    if isinstance(error, msgspec.ValidationError):
        return _refused_row(str(error), signature)
    if isinstance(error, UnicodeDecodeError):
        return Refused(400, "malformed-json", "The body is not UTF-8.")
    if isinstance(error, RecursionError):
        return Refused(400, "malformed-json", "The body is nested too deeply.")
    return Refused(400, "malformed-json", f"The body is not JSON: {str(error)[:_LONGEST]}.")


def _refused_row(message: str, signature: Signature) -> Refused:
    place = _PLACE.fullmatch(message)
    if place is None:
        return Refused(400, "invalid-request", f"{message[: 2 * _LONGEST].replace('`', chr(39))}.")
    why, row, field = place[1], int(place[2]), place[3]
    if unknown := _UNKNOWN.fullmatch(why):
        return refused_value(row, unknown[1], _stranger(unknown[1], signature))
    if absent := _ABSENT.fullmatch(why):
        return refused_value(row, absent[1], "it is missing, and the model needs it")
    if field is None:
        return Refused(400, "invalid-row", f"instances[{row}]: {_plain(why)}.", more={"row": row})
    return refused_value(row, field, _plain(why))


def _stranger(name: str, signature: Signature) -> str:
    known = [column.name for column in signature.columns]
    near = difflib.get_close_matches(name[:_LONGEST], known, n=1)
    if near:
        return f"it is not known; the nearest is {near[0]!r}"
    leave = "leave it out, or send it as `ids` if it holds your own (everloop predict --id COLUMN)"
    return f"the model has no such column: {leave}"


def _plain(why: str) -> str:
    return why.replace("`", "").replace(" | unset", "")[: 2 * _LONGEST]
