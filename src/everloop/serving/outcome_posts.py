"""`POST /endpoints/{name}/outcomes`: what came back, kept before it is acknowledged."""

from everloop.clock import Hand
from everloop.serving.outcomes import decode_outcomes
from everloop.serving.request_head import RequestHead
from everloop.serving.response import Manner
from everloop.serving.tick import Asker, Report
from everloop.serving.truth import Truth


class OutcomePosts:
    """One endpoint's."""

    __slots__ = ("_endpoint", "_hand", "_max_rows", "_truth")

    def __init__(self, endpoint: str, *, max_rows: int, hand: Hand, truth: Truth) -> None:
        self._endpoint = endpoint
        self._max_rows = max_rows
        self._hand = hand
        self._truth = truth

    def __call__(
        self, asker: Asker, manner: Manner, head: RequestHead, body: bytes, started: float
    ) -> Report:
        """The outcomes to keep; raises Refused for a body that does not fit."""
        outcomes = decode_outcomes(
            body,
            endpoint=self._endpoint,
            learned_at=self._hand.now_ns(),
            max_rows=self._max_rows,
            key=(head.idempotency_key or b"").decode("latin-1")[:200],
        )
        doubts = self._truth.not_counted(outcomes)
        return Report(asker, manner, endpoint=self._endpoint, outcomes=outcomes, doubts=doubts)
