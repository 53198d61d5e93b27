"""The route of an endpoint while a candidate takes its traffic."""

from everloop.records.endpoint import Endpoint
from everloop.records.model_version import ModelVersion
from everloop.records.routes import CANDIDATE, CHAMPION, Route, Variant


def rollout_route(
    endpoint: Endpoint, champion: ModelVersion, candidate: ModelVersion, *, share: float, rollout: str
) -> Route:
    """`share` of the traffic, above 0 and up to 1, to the candidate; the champion has the rest.

    Both shadow: whichever answers a row, the other one answers it too, unseen. So the two are compared on the same
    rows, by their truth where that is fixed, and by how far their answers lie apart in any case. The champion stays in
    the route at a share of 0, loaded, for the way back.
    """
    variants = (
        _variant(CHAMPION, champion, round(1.0 - share, 12)),
        _variant(CANDIDATE, candidate, share),
    )
    return Route(
        endpoint=endpoint.name, salt=endpoint.salt, variants=variants, rollout=rollout, shadows=variants
    )


def _variant(name: str, version: ModelVersion, share: float) -> Variant:
    return Variant(name=name, model=version.model, version=version.number, bundle=version.bundle, share=share)
