"""When workers do not serve what the newest route table says: a bundle was refused."""

from collections.abc import Iterable
from dataclasses import dataclass

from everloop.records.endpoint import Endpoint
from everloop.records.routes import Route, RouteTable
from everloop.serving.status import Refused

LOOKED_BACK = 21  # route tables: as far as a worker looks back for a route whose bundles load


@dataclass(frozen=True, slots=True, kw_only=True)
class NotServed:
    """A version that should answer, and that some worker did not let in."""

    version: str
    bundle: str  # its digest
    reason: str
    instead: str  # the version that answers in its place; empty: nothing does
    remedy: str

    def __str__(self) -> str:
        answers = f"{self.instead} answers in its place" if self.instead else "nothing answers in its place"
        return f"{self.version} is not served: {self.reason.rstrip('.')}; {answers}. {self.remedy}"


def not_served(
    endpoint: Endpoint, tables: Iterable[RouteTable], refused: Iterable[Refused]
) -> NotServed | None:
    """What is wrong with the route of the first of `tables`, the newest first; None if nothing is.

    A route is followed only whole: with one bundle of it refused, a worker keeps the newest older route that it can
    load. A refused shadow holds nothing up.
    """
    reasons = {r.bundle: r.reason for r in refused if r.endpoint == endpoint.name}
    routes = [route for table in tables if (route := table.route(endpoint.name)) is not None]
    if not routes or not reasons:
        return None
    variant = next((v for v in routes[0].variants if v.bundle in reasons), None)
    if variant is None:
        return None
    version = f"{variant.model}@{variant.version}"
    return NotServed(
        version=version,
        bundle=variant.bundle,
        reason=reasons[variant.bundle],
        instead=next((_champion(route) for route in routes[1:] if _loads(route, reasons)), ""),
        remedy=_remedy(endpoint, version),
    )


def _loads(route: Route, reasons: dict[str, str]) -> bool:
    return not any(variant.bundle in reasons for variant in route.variants)


def _champion(route: Route) -> str:
    return f"{route.variants[0].model}@{route.variants[0].version}"


def _remedy(endpoint: Endpoint, version: str) -> str:
    restore = f"Put a copy of {version}'s bundle back and start `everloop up` anew"
    if version != str(endpoint.champion):
        return f"{restore}, or send it back: `everloop reject {endpoint.name}`."
    if endpoint.history:
        return f"{restore}, or go back to {endpoint.history[-1]}: `everloop rollback {endpoint.name}`."
    other = f"`everloop deploy MODEL@V {endpoint.name} --override REASON`"
    return f"{restore}, or put another version in its place: {other}."
