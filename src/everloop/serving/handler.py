"""Who answers a path."""

from typing import Protocol

from everloop.serving.request_head import RequestHead
from everloop.serving.response import Manner
from everloop.serving.tick import Asker, Waiting


class Handler(Protocol):
    """Turns a whole request into what the tick answers."""

    def __call__(
        self, asker: Asker, manner: Manner, head: RequestHead, body: bytes, started: float, /
    ) -> Waiting:
        """Take the request of `asker`, whose last byte arrived at `started` (`time.perf_counter()`).

        Raises Refused.
        """
        ...
