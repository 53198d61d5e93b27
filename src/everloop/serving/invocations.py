"""`POST /endpoints/{name}/invocations`: rows in, predictions out."""

from everloop.serving.metrics import Metrics
from everloop.serving.refusal import Refused
from everloop.serving.request import Request
from everloop.serving.routing import LiveEndpoint
from everloop.serving.tick import Question


class Invocations:
    """One endpoint's. The variant is chosen first, because its own signature says what a row is."""

    __slots__ = ("_endpoint", "_metrics")

    def __init__(self, endpoint: LiveEndpoint, metrics: Metrics) -> None:
        self._endpoint = endpoint
        self._metrics = metrics

    def __call__(self, request: Request) -> Question:
        """The rows to predict; raises Refused for a body that does not fit the variant's signature."""
        endpoint = self._endpoint
        key = request.head.key
        key_hash = endpoint.place.hash(key) if key else None
        variant = endpoint.choose(key_hash)
        try:
            decoded = variant.bundle.decode(request.body)
        except Refused as refused:
            self._metrics.add(
                "everloop_requests_total", endpoint=endpoint.name, variant=variant.name, status=refused.status
            )
            raise
        return Question(
            request.asker,
            request.manner,
            variant=variant,
            decoded=decoded,
            body=request.body,
            key_hash=key_hash,
            started=request.started,
        )
