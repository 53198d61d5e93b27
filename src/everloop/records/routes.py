"""The route table: all that a worker knows of endpoints. Immutable and numbered."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

CHAMPION, CANDIDATE = "champion", "candidate"  # the variants of a rollout


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """A version behind an endpoint, with its share of traffic."""

    name: str  # "champion", "candidate", or a name of one's own
    model: str
    version: int
    bundle: str  # digest
    share: float  # 0 to 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """An endpoint's variants. Shares add up to 1; the champion takes what the others leave."""

    endpoint: str
    salt: str  # keeps a key's place the same while shares change, and different between endpoints
    variants: tuple[Variant, ...]  # the champion first
    rollout: str = ""
    shadows: tuple[Variant, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteTable:
    """Every route, at one number. A larger number replaces a smaller one."""

    FORMAT: ClassVar[str] = "everloop.route-table/1"

    number: int
    published_at: datetime
    routes: tuple[Route, ...] = ()

    def route(self, endpoint: str) -> Route | None:
        """The route of `endpoint`, or None."""
        return next((r for r in self.routes if r.endpoint == endpoint), None)
