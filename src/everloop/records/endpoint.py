"""An endpoint as the control plane knows it."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from everloop.records.target import TargetRule


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionRef:
    """A model version, by name and number."""

    model: str
    number: int

    def __str__(self) -> str:
        return f"{self.model}@{self.number}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """A URL that predicts. `history` holds its earlier champions, the latest last: where a rollback goes."""

    FORMAT: ClassVar[str] = "everloop.endpoint/1"

    name: str
    salt: str
    champion: VersionRef
    anchor: VersionRef  # the last version promoted as better
    target: TargetRule
    created_at: datetime
    history: tuple[VersionRef, ...] = ()
    anchors: tuple[VersionRef, ...] = ()  # at the time of each of these
