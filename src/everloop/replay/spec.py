"""Distortions as they are written on a command line: `shift:columns=pixel_*,by=3,from=1000`."""

import difflib
from dataclasses import fields
from typing import Any

import msgspec

from everloop.errors import InvalidRequest
from everloop.replay.distortion import Distortion, OutcomeDistortion
from everloop.replay.distortions.contrast import Contrast
from everloop.replay.distortions.dropped_outcomes import DroppedOutcomes
from everloop.replay.distortions.late_outcomes import LateOutcomes
from everloop.replay.distortions.missing import Missing
from everloop.replay.distortions.rotation import Rotation
from everloop.replay.distortions.shift import Shift
from everloop.replay.distortions.unknown import Unknown

KINDS: dict[str, type[Any]] = {
    "shift": Shift,
    "contrast": Contrast,
    "rotation": Rotation,
    "missing": Missing,
    "unknown": Unknown,
    "late": LateOutcomes,
    "dropped": DroppedOutcomes,
}
_SPELT = {"from": "start", "to": "stop"}  # words that Python keeps for itself


def parse(text: str) -> Distortion | OutcomeDistortion:
    """The distortion; several column patterns are parted by `+`. Raises InvalidRequest, which names what would do.

    >>> parse("shift:columns=pixel_*,by=3,from=1000").start
    1000
    """
    name, _, rest = text.partition(":")
    kind = KINDS.get(name.strip())
    if kind is None:
        raise InvalidRequest(
            f"There is no distortion {name!r}.", remedy=_near(name, KINDS, "Known: " + ", ".join(KINDS) + ".")
        )
    given: dict[str, Any] = {}
    for part in filter(None, (piece.strip() for piece in rest.split(","))):
        word, equals, value = part.partition("=")
        field = _field(kind, name, word.strip()) if equals else ""
        if not field:
            raise InvalidRequest(
                f"{part!r} in {text!r} is no `name=value`.", remedy=f"Write {name}:share=0.5."
            )
        given[field] = _value(kind, field, value.strip(), text)
    try:
        made: Distortion | OutcomeDistortion = kind(**given)
    except TypeError as error:
        missing = next((f.name for f in fields(kind) if f.name not in given and _is_needed(f)), "")
        raise InvalidRequest(f"{text!r} needs `{missing}`.", remedy=f"Write {name}:{missing}=...") from error
    return made


def _field(kind: type[Any], name: str, word: str) -> str:
    known = {f.name: f.name for f in fields(kind)} | _SPELT
    if word not in known:
        listed = ", ".join(spelt for spelt in known if spelt not in _SPELT.values())
        raise InvalidRequest(f"{name!r} takes no `{word}`.", remedy=_near(word, known, f"It takes {listed}."))
    return known[word]


def _value(kind: type[Any], field: str, value: str, text: str) -> object:
    if field == "columns":
        return tuple(value.split("+"))
    if field == "value" or (field == "by" and kind is LateOutcomes):
        return value
    wanted = int if field in ("start", "stop", "ramp") else float
    try:
        return msgspec.convert(value, wanted, strict=False)
    except msgspec.ValidationError as error:
        article = "a whole number" if wanted is int else "a number"
        raise InvalidRequest(f"{field}={value!r} in {text!r}: it is {article}.") from error


def _is_needed(field: Any) -> bool:  # noqa: ANN401 - a dataclasses.Field
    from dataclasses import MISSING

    return field.default is MISSING and field.default_factory is MISSING


def _near(word: str, known: dict[str, Any], otherwise: str) -> str:
    near = difflib.get_close_matches(word, known, n=1, cutoff=0.6)
    return f"Did you mean `{near[0]}`?" if near else otherwise
