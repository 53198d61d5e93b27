"""`POST /endpoints/{name}/records`: what a model answered that somebody else serves."""

from everloop.serving.elsewhere import ElsewhereBundle
from everloop.serving.refusal import Refused
from everloop.serving.request_head import RequestHead
from everloop.serving.response import Manner
from everloop.serving.routing import LiveEndpoint
from everloop.serving.tick import Asker, Record


class RecordPosts:
    """One endpoint's."""

    __slots__ = ("_endpoint",)

    def __init__(self, endpoint: LiveEndpoint) -> None:
        self._endpoint = endpoint

    def __call__(
        self, asker: Asker, manner: Manner, head: RequestHead, body: bytes, started: float
    ) -> Record:
        """The answers to keep; raises Refused for a body that does not fit, or where the model is ours."""
        champion = self._endpoint.variants[0]
        if not isinstance(champion.bundle, ElsewhereBundle):
            name = self._endpoint.name
            detail = f"{name!r} answers here, and captures its own answers: post rows to its invocations."
            raise Refused(409, "served-here", detail)
        key_hash = self._endpoint.place.hash(head.key).hex() if head.key else ""
        return Record(
            asker,
            manner,
            variant=champion,
            recorded=champion.bundle.record(body),
            body=body,
            key_hash=key_hash,
        )
