"""Outcomes that callers post: decoded, checked, and made into what the capture log keeps."""

import re
from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from everloop.ledger.capture import Received
from everloop.records.signature import Label
from everloop.serving.json_members import refuse_duplicates
from everloop.serving.moments import UNKEPT, is_kept, nanoseconds
from everloop.serving.refusal import Refused

_PLACE = re.compile(r"(?s)(.*) - at `\$\.outcomes\[(\d+)\](?:\.(.*))?`")
_LARGEST_INTEGER = 2**63 - 1


class Told(Struct, forbid_unknown_fields=True, gc=False):
    """One outcome as a caller writes it."""

    id: Annotated[str, Meta(min_length=1, max_length=200)]  # of the prediction, ours
    name: Annotated[str, Meta(min_length=1, max_length=200)]
    value: Annotated[str, Meta(max_length=10_000)] | int | float | bool
    happened_at: Annotated[datetime, Meta(tz=True)] | None = None
    source: Annotated[str, Meta(max_length=200)] = ""
    probability: Annotated[float, Meta(gt=0, le=1)] = 1.0
    revision: Annotated[int, Meta(ge=1, le=1_000_000_000)] | None = None


class _Body(Struct, forbid_unknown_fields=True, gc=False):
    outcomes: list[Told]


_decoder = msgspec.json.Decoder(_Body)


def decode_outcomes(
    body: bytes, *, endpoint: str, learned_at: int, max_rows: int, key: str = ""
) -> list[Received]:
    """The outcomes in `body`, learned at `learned_at` (ns since the epoch).

    `key` is the caller's idempotency key. Raises Refused, which names the outcome and the field.
    """
    try:
        told = _decoder.decode(body).outcomes
        refuse_duplicates(body)
    except msgspec.ValidationError as error:
        raise _refused(str(error)) from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Refused(400, "malformed-json", f"The body is not JSON: {str(error)[:120]}.") from error
    if not 0 < len(told) <= max_rows:
        raise Refused(400, "wrong-row-count", f"A request has 1 to {max_rows} outcomes, not {len(told)}.")
    return [_received(place, one, endpoint, learned_at, key) for place, one in enumerate(told)]


def _received(place: int, told: Told, endpoint: str, learned_at: int, key: str) -> Received:
    value: Label = told.value
    if isinstance(value, int) and abs(value) > _LARGEST_INTEGER:
        raise _refused_field(place, "value", "it is an integer of more than 64 bits")
    if told.happened_at is not None and not is_kept(told.happened_at):
        raise _refused_field(place, "happened_at", UNKEPT)
    return Received(
        endpoint=endpoint,
        prediction=told.id,
        name=told.name,
        value=value,
        learned_at=learned_at,
        happened_at=None if told.happened_at is None else nanoseconds(told.happened_at),
        source=told.source,
        probability=told.probability,
        revision=told.revision or 0,
        key=key,
    )


def _refused(message: str) -> Refused:
    place = _PLACE.fullmatch(message)
    if place is None:
        return Refused(400, "invalid-request", f"{message[:240].replace('`', chr(39))}.")
    return _refused_field(int(place[2]), place[3], place[1].replace("`", "")[:240])


def _refused_field(place: int, field: str | None, why: str) -> Refused:
    at = f"outcomes[{place}], {field[:120]}" if field else f"outcomes[{place}]"
    more: dict[str, object] = {"row": place, **({"field": field[:120]} if field else {})}
    return Refused(400, "invalid-outcome", f"{at}: {why}.", more=more)
