"""The route table as the data plane uses it: endpoints, their variants and shadows, all bundles loaded."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from everloop.ledger.capture import CaptureLog, Context
from everloop.records.routes import Route, RouteTable, Variant
from everloop.serving.loaded_bundle import LoadedBundle
from everloop.serving.metrics import Meter, Metrics
from everloop.serving.shadow import Shadow
from everloop.serving.split import Place, Split


class LiveVariant:
    """A variant of an endpoint, with everything its answers need made ahead."""

    __slots__ = ("after_ids", "bundle", "context", "head", "meter", "name", "reference", "shadows")

    def __init__(
        self,
        variant: Variant,
        bundle: LoadedBundle,
        *,
        context: int,
        meter: Meter,
        shadows: tuple[tuple[Shadow, bool], ...] = (),
    ) -> None:
        self.name = variant.name
        self.reference = f"{variant.model}@{variant.version}"
        self.bundle = bundle
        self.context = context  # its number in the capture log
        self.meter = meter
        self.shadows = shadows  # of other bundles than its own, and whether they read a body as it does
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
        variants = [variant for endpoint in self.endpoints.values() for variant in endpoint.variants]
        shadows = [shadow for variant in variants for shadow, _ in variant.shadows]
        bundles = [*(variant.bundle for variant in variants), *(shadow.bundle for shadow in shadows)]
        return {bundle.digest: bundle for bundle in bundles}


def live_endpoint(
    route: Route, table: RouteTable, bundles: Mapping[str, LoadedBundle], *, log: CaptureLog, metrics: Metrics
) -> LiveEndpoint:
    """The endpoint of `route`. Every variant has its bundle in `bundles`; a shadow that has not is left out."""
    shadows = [
        Shadow(
            shadow,
            bundles[shadow.bundle],
            context=log.context(_context(route, table, shadow, bundles[shadow.bundle], shadow=True)),
            meter=metrics.shadow_meter(route.endpoint, shadow.name),
        )
        for shadow in route.shadows
        if shadow.bundle in bundles
    ]
    return LiveEndpoint(
        route,
        tuple(
            LiveVariant(
                variant,
                bundles[variant.bundle],
                context=log.context(_context(route, table, variant, bundles[variant.bundle])),
                meter=metrics.meter(route.endpoint, variant.name),
                shadows=_behind(bundles[variant.bundle], shadows),
            )
            for variant in route.variants
        ),
    )


def _behind(answering: LoadedBundle, shadows: Sequence[Shadow]) -> tuple[tuple[Shadow, bool], ...]:
    """The shadows that see what `answering` answers: all but itself."""
    others = [shadow for shadow in shadows if shadow.bundle.digest != answering.digest]
    return tuple((shadow, _inputs(shadow.bundle) == _inputs(answering)) for shadow in others)


def _inputs(bundle: LoadedBundle) -> tuple[object, ...]:
    """All that decides how a body is read."""
    return bundle.signature.columns, bundle.signature.layout, bundle.signature.ignored


def _context(
    route: Route, table: RouteTable, variant: Variant, bundle: LoadedBundle, *, shadow: bool = False
) -> Context:
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
        shadow=shadow,
        rung=bundle.rung,
    )
