"""`POST /endpoints/{name}/outcomes`: what came back, kept before it is acknowledged."""

import time

from everloop.serving.outcomes import decode_outcomes
from everloop.serving.request import Request
from everloop.serving.tick import Report


class OutcomePosts:
    """One endpoint's."""

    __slots__ = ("_endpoint", "_max_rows")

    def __init__(self, endpoint: str, *, max_rows: int) -> None:
        self._endpoint = endpoint
        self._max_rows = max_rows

    def __call__(self, request: Request) -> Report:
        """The outcomes to keep; raises Refused for a body that does not fit."""
        outcomes = decode_outcomes(
            request.body,
            endpoint=self._endpoint,
            learned_at=time.time_ns(),
            max_rows=self._max_rows,
            key=(request.head.idempotency_key or b"").decode("latin-1")[:200],
        )
        return Report(request.asker, request.manner, endpoint=self._endpoint, outcomes=outcomes)
