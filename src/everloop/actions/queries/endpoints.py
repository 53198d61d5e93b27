"""Endpoints: who answers, who waits."""

from dataclasses import dataclass

from everloop.actions.context import Context
from everloop.actions.cycles import open_cycle_of
from everloop.actions.queries.not_served import LOOKED_BACK, NotServed, not_served
from everloop.actions.served_elsewhere import is_served_elsewhere
from everloop.records.endpoint import Endpoint
from everloop.records.routes import RouteTable, Variant
from everloop.registry.champions import known_endpoint
from everloop.serving.status import Refused, serving_status
from everloop.shown.markup import facts
from everloop.shown.pictures import split
from everloop.stores.metadata import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointsQuery:
    """Every endpoint."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointQuery:
    """One endpoint."""

    endpoint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointStatus:
    """One endpoint: who answers with what share, who waits, and where a rollback would go."""

    name: str
    champion: str
    anchor: str
    outcome: str  # the name under which its truth comes back
    variants: tuple[Variant, ...]
    proposed: str = ""
    previous: str = ""
    not_served: NotServed | None = None  # where workers refuse a version that should answer
    served_elsewhere: bool = False  # the champion: somebody else's model

    @property
    def who(self) -> str:
        """The champion, and where it is served if that is not here."""
        return f"{self.champion}, served elsewhere" if self.served_elsewhere else self.champion

    def _repr_html_(self) -> str:
        shares = [(f"{v.model}@{v.version}", v.share) for v in self.variants]
        known = [
            ("champion", self.who),
            ("on its way", self.proposed),
            ("a rollback goes to", self.previous),
            ("truth", self.outcome),
            ("not served", "" if self.not_served is None else str(self.not_served)),
        ]
        return facts(self.name, known, split(shares, said="Shares of the traffic"))


def list_endpoints(context: Context, query: EndpointsQuery) -> tuple[EndpointStatus, ...]:
    """Every endpoint, by name."""
    refused = _refused(context)
    with context.metadata.transaction() as transaction:
        return tuple(_status(transaction, e, refused) for e in transaction.find(Endpoint))


def show_endpoint(context: Context, query: EndpointQuery) -> EndpointStatus:
    """One endpoint; raises NotFound."""
    refused = _refused(context)
    with context.metadata.transaction() as transaction:
        return _status(transaction, known_endpoint(transaction, query.endpoint), refused)


def _refused(context: Context) -> tuple[Refused, ...]:
    serving = serving_status(context.layout)
    return serving.refused if serving is not None else ()


def _status(transaction: Transaction, endpoint: Endpoint, refused: tuple[Refused, ...]) -> EndpointStatus:
    tables = transaction.find(RouteTable, newest=LOOKED_BACK if refused else 1)[::-1]
    route = tables[0].route(endpoint.name) if tables else None
    cycle = open_cycle_of(transaction, endpoint.name)
    candidate = cycle.candidate if cycle is not None and not cycle.ending else None
    return EndpointStatus(
        name=endpoint.name,
        champion=str(endpoint.champion),
        anchor=str(endpoint.anchor),
        outcome=endpoint.target.outcome,
        variants=route.variants if route else (),
        proposed=str(candidate) if candidate else "",
        previous=str(endpoint.history[-1]) if endpoint.history else "",
        not_served=not_served(endpoint, tables, refused),
        served_elsewhere=is_served_elsewhere(transaction, endpoint),
    )
