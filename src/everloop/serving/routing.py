"""The route table as the data plane uses it: paths to what answers them, all bundles loaded."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from everloop.ledger.capture import CaptureLog, Context
from everloop.records.routes import Route, RouteTable, Variant
from everloop.serving.loaded_bundle import LoadedBundle
from everloop.serving.metrics import Meter, Metrics
from everloop.serving.split import Place, Split


class LiveVariant:
    """A variant of an endpoint, with everything its answers need made ahead."""

    __slots__ = ("after_ids", "bundle", "context", "head", "meter", "name", "reference")

    def __init__(self, variant: Variant, bundle: LoadedBundle, *, context: int, meter: Meter) -> None:
        self.name = variant.name
        self.reference = f"{variant.model}@{variant.version}"
        self.bundle = bundle
        self.context = context  # its number in the capture log
        self.meter = meter
        self.head = f"content-type: application/json\r\nx-model: {self.reference}\r\n".encode()
        self.after_ids = f'"],"variant":"{variant.name}","model":"{self.reference}"'.encode()


class LiveEndpoint:
    """An endpoint that answers."""

    __slots__ = ("_split", "name", "place", "variants")

    def __init__(self, route: Route, variants: tuple[LiveVariant, ...]) -> None:
        self.name = route.endpoint
        self.place = Place(route.salt)
        self.variants = variants
        self._split = Split([variant.share for variant in route.variants])

    def choose(self, key_hash: bytes | None) -> LiveVariant:
        """The variant for a key, always the same while the shares stand; by chance for a request without one."""
        split = self._split
        if split.is_whole:
            return self.variants[split.at(0.0)]
        return self.variants[split.at(Place.by_chance() if key_hash is None else Place.of(key_hash))]


@dataclass(frozen=True, slots=True)
class Routing:
    """One route table, live. It is replaced whole, between two requests."""

    number: int
    endpoints: Mapping[str, LiveEndpoint]
    refused: Mapping[str, str] = field(
        default_factory=dict
    )  # endpoints without any bundle that loads, and why

    @property
    def bundles(self) -> dict[str, LoadedBundle]:
        """The bundles that it needs, by digest."""
        return {v.bundle.digest: v.bundle for e in self.endpoints.values() for v in e.variants}


def live_endpoint(
    route: Route, table: RouteTable, bundles: Mapping[str, LoadedBundle], *, log: CaptureLog, metrics: Metrics
) -> LiveEndpoint:
    """The endpoint of `route`; every bundle that it names must be in `bundles`."""
    return LiveEndpoint(
        route,
        tuple(
            LiveVariant(
                variant,
                bundles[variant.bundle],
                context=log.context(_context(route, table, variant, bundles[variant.bundle])),
                meter=metrics.meter(route.endpoint, variant.name),
            )
            for variant in route.variants
        ),
    )


def _context(route: Route, table: RouteTable, variant: Variant, bundle: LoadedBundle) -> Context:
    return Context(
        endpoint=route.endpoint,
        variant=variant.name,
        model=variant.model,
        version=variant.version,
        bundle=variant.bundle,
        signature=bundle.signature,
        route_table=table.number,
        share=variant.share,
        rollout=route.rollout,
    )
