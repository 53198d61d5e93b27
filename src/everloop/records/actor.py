"""Who does something."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """A person, a service token or the platform itself."""

    kind: Literal["person", "token", "system"]
    name: str

    def __str__(self) -> str:
        return f"{self.kind}:{self.name}"
