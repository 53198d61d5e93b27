"""A whole request, as those who answer it get it."""

from collections.abc import Callable

from everloop.serving.request_head import RequestHead
from everloop.serving.response import Manner
from everloop.serving.tick import Asker, Waiting


class Request:
    """Who asks, how the answer is framed, and what was sent."""

    __slots__ = ("asker", "body", "head", "manner", "started")

    def __init__(self, asker: Asker, manner: Manner, head: RequestHead, body: bytes, started: float) -> None:
        self.asker = asker
        self.manner = manner
        self.head = head
        self.body = body
        self.started = started  # time.perf_counter() when its last byte arrived


Handler = Callable[[Request], Waiting]
"""Turns a request into what the tick answers; raises Refused."""
