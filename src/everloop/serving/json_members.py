"""JSON objects that name a member twice: which one counts is anybody's guess, so they are refused."""

import json

from everloop.serving.refusal import Refused


def refuse_duplicates(body: bytes) -> None:
    """Raise Refused if any object in `body`, which must be JSON, has two members of one name."""
    try:
        json.loads(body, object_pairs_hook=_members)
    except RecursionError as error:
        raise Refused(400, "malformed-json", "The body is nested too deeply.") from error


def _members(pairs: list[tuple[str, object]]) -> None:
    names = {name for name, _ in pairs}
    if len(names) == len(pairs):
        return
    seen: set[str] = set()
    for name, _ in pairs:
        if name in seen:
            raise Refused(
                400, "duplicate-member", f"An object names {name[:80]!r} twice; send each member once."
            )
        seen.add(name)
