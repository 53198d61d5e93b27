"""From what an HTTP request says to the request record of an operation."""

import dataclasses
import difflib
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar, get_type_hints

import msgspec

from everloop.errors import InvalidRequest

R = TypeVar("R")


def arguments(
    kind: type[R], *, path: Mapping[str, str], query: Sequence[tuple[str, str]], body: bytes | None
) -> R:
    """The `kind`, a dataclass, from the texts in path and query and the JSON object in `body`.

    Texts become what the field's type asks for: `3` an integer, `true` a boolean. JSON must have the type itself.
    Raises InvalidRequest, naming the field, for one that is unknown (with the nearest right name), given twice,
    missing, or of a wrong type.
    """
    names = tuple(f.name for f in dataclasses.fields(kind))  # type: ignore[arg-type]
    values = _object(body)
    for name, text in (*path.items(), *query):
        if name in values:
            raise InvalidRequest(f"`{name}` is given twice.")
        values[name] = text
    for name in values:
        _known(name, names)
    hints = get_type_hints(kind)
    for name, text in (*path.items(), *query):
        values[name] = _from_text(name, text, hints[name])
    try:
        return msgspec.convert(values, kind)
    except msgspec.ValidationError as error:
        raise InvalidRequest(f"The request does not fit: {error}.") from error


def _object(body: bytes | None) -> dict[str, Any]:
    if not body:
        return {}
    try:
        values = msgspec.json.decode(body, type=dict[str, Any])
        _expect_storable(values)
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        raise InvalidRequest(f"The body is not a JSON object: {error}.") from error
    return values


def _expect_storable(value: object) -> None:
    """Raises ValueError for an integer that no table or file of ours holds."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for part in value:
            _expect_storable(part)
    elif isinstance(value, int) and not -(2**63) <= value < 2**63:
        raise ValueError("an integer has more than 64 bits")


def _known(name: str, names: tuple[str, ...]) -> None:
    if name in names:
        return
    near = difflib.get_close_matches(name[:80], names, n=1, cutoff=0.5)
    known = f"Known: {', '.join(names)}." if names else "It takes none."
    raise InvalidRequest(
        f"There is no field {name[:80]!r}.", remedy=f"Did you mean `{near[0]}`?" if near else known
    )


def _from_text(name: str, text: str, kind: object) -> object:
    try:
        value: object = msgspec.convert(text, kind, strict=False)
        _expect_storable(value)
        return value
    except (msgspec.ValidationError, ValueError) as error:
        raise InvalidRequest(f"`{name}` = {text[:80]!r} does not fit: {error}.") from error
