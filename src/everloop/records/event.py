"""What happened: one for each change, written in the change's own transaction."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar

from everloop.records.actor import Actor
from everloop.shown.markup import facts


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One action that took effect. `sequence` orders them: a past range never changes later."""

    FORMAT: ClassVar[str] = "everloop.event/1"

    sequence: int  # from 1, without gaps
    at: datetime
    actor: Actor
    action: str  # the action's name, e.g. "deploy"
    subject: str  # what it was done to, e.g. "endpoint:churn"
    key: str  # the idempotency key: the same request with it changes nothing and gives the first one's result
    request: str = ""  # digest of what was asked: another request with the key is refused
    reason: str = ""
    before: dict[str, object] = field(default_factory=dict)
    after: dict[str, object] = field(default_factory=dict)
    evidence: dict[str, object] = field(default_factory=dict)
    result: dict[str, object] = field(default_factory=dict)  # what the action answered

    def _repr_html_(self) -> str:
        told = [(name, str(value)) for name, value in self.after.items()]
        return facts(
            f"{self.sequence}. {self.action}",
            [("when (UTC)", self.at), ("who", self.actor), ("to", self.subject), ("why", self.reason), *told],
        )
