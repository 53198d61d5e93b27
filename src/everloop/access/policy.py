"""Who may do what: one table. An operation that is not in it is denied to everybody."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from everloop.errors import Denied
from everloop.records.actor import Actor

Role = Literal["viewer", "scientist", "maintainer"]

READERS: frozenset[Role] = frozenset({"viewer", "scientist", "maintainer"})
ROW_READERS: frozenset[Role] = frozenset({"scientist", "maintainer"})  # rows may be about people
BUILDERS: frozenset[Role] = frozenset({"scientist", "maintainer"})
RELEASERS: frozenset[Role] = frozenset({"maintainer"})

POLICY: Mapping[str, frozenset[Role]] = MappingProxyType(
    {
        "openapi": READERS,
        "page": READERS,
        "status": READERS,
        "serving": READERS,
        "datasets": READERS,
        "dataset_log": READERS,
        "dataset_diff": READERS,
        "dataset_profile": READERS,
        "dataset_rows": ROW_READERS,
        "models": READERS,
        "version": READERS,
        "runs": READERS,
        "run": READERS,
        "run_log": ROW_READERS,  # a training may name values in it
        "endpoints": READERS,
        "endpoint": READERS,
        "predictions": ROW_READERS,
        "outcomes": ROW_READERS,
        "unknown_ids": ROW_READERS,  # ids may name people
        "joined": ROW_READERS,
        "quality": READERS,
        "quality_history": READERS,
        "monitoring": READERS,
        "alerts": READERS,
        "audit": ROW_READERS,
        "monitor": BUILDERS,
        "events": READERS,
        "loops": READERS,
        "loop": READERS,
        "next": READERS,
        "why": READERS,
        "cycles": READERS,
        "cycle": READERS,
        "report": READERS,
        "append_rows": BUILDERS,
        "mark_suspect": BUILDERS,
        "start_run": BUILDERS,
        "refit": BUILDERS,
        "import_model": BUILDERS,
        "finish_run": BUILDERS,
        "mark_tracked": BUILDERS,
        "deploy": RELEASERS,
        "watch": RELEASERS,
        "declare_loop": RELEASERS,  # in mode `act` it is a standing approval
        "turn_loop": BUILDERS,
        "pause_loop": BUILDERS,
        "resume_loop": BUILDERS,
        "propose": BUILDERS,
        "approve": RELEASERS,
        "reject": BUILDERS,
        "roll_back": BUILDERS,  # what makes things safe again needs fewer rights than what risks something
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal:
    """Whoever sent a request, once we know."""

    actor: Actor
    role: Role


def require(principal: Principal, operation: str) -> None:
    """Raises Denied if the policy does not let `principal` do this."""
    allowed = POLICY.get(operation, frozenset())
    if principal.role not in allowed:
        who = f"It takes one of: {', '.join(sorted(allowed))}." if allowed else "The policy does not name it."
        raise Denied(f"{principal.actor}, a {principal.role}, may not `{operation}`.", remedy=who)
