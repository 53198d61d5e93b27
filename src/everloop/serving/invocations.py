"""`POST /endpoints/{name}/invocations`: rows in, predictions out."""

from everloop.serving.metrics import Metrics
from everloop.serving.refusal import Refused
from everloop.serving.request_head import RequestHead
from everloop.serving.response import Manner
from everloop.serving.routing import LiveEndpoint
from everloop.serving.tick import Asker, Question


class Invocations:
    """One endpoint's. The variant is chosen first, because its own signature says what a row is."""

    __slots__ = ("_endpoint", "_metrics")

    def __init__(self, endpoint: LiveEndpoint, metrics: Metrics) -> None:
        self._endpoint = endpoint
        self._metrics = metrics

    def __call__(
        self, asker: Asker, manner: Manner, head: RequestHead, body: bytes, started: float
    ) -> Question:
        """The rows to predict; raises Refused for a body that does not fit the variant's signature."""
        endpoint = self._endpoint
        key = head.key
        key_hash = endpoint.place.hash(key) if key else None
        variant = endpoint.choose(key_hash)
        try:
            decoded = variant.bundle.decode(body)
        except Refused as refused:
            self._metrics.add(
                "everloop_requests_total", endpoint=endpoint.name, variant=variant.name, status=refused.status
            )
            raise
        return Question(
            asker,
            manner,
            variant=variant,
            decoded=decoded,
            body=body,
            key_hash=key_hash,
            started=started,
        )
