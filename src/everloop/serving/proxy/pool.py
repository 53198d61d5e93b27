"""Connections to the upstream that wait for the next request."""

import asyncio
import ssl
import time
from collections.abc import Callable

from everloop.serving.proxy.config import Upstream
from everloop.serving.proxy.upstream_side import UpstreamSide

MOST_IDLE = 64
IDLE_S = 1.5  # servers close idle connections themselves, the soonest after 2 s: a request must not meet that


class Pool:
    """Connections to one upstream."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        upstream: Upstream,
        make: Callable[[], UpstreamSide],
        *,
        connect_s: float,
    ) -> None:
        self._loop = loop
        self._upstream = upstream
        self._make = make
        self._connect_s = connect_s
        self._tls = ssl.create_default_context() if upstream.tls else None
        self._idle: list[UpstreamSide] = []
        self._all: set[UpstreamSide] = set()

    def take(self) -> UpstreamSide | None:
        """One that waits, the one that was used last; None where none does."""
        now = time.perf_counter()
        while self._idle:
            found = self._idle.pop()
            if found.is_open and now - found.idle_since < IDLE_S:
                return found
            found.abort()
        return None

    async def connect(self) -> UpstreamSide:
        """A new one; raises OSError, TimeoutError where there is none within the time, ssl.SSLError."""
        async with asyncio.timeout(self._connect_s):
            _, side = await self._loop.create_connection(
                self._make, self._upstream.host, self._upstream.port, ssl=self._tls
            )
        self._all.add(side)
        return side

    def give(self, side: UpstreamSide) -> None:
        """It is free again."""
        if not side.is_open or len(self._idle) >= MOST_IDLE:
            self.close(side)
            return
        side.is_reused = True
        side.idle_since = time.perf_counter()
        side.hear(on=True)  # so that its end is seen
        self._idle.append(side)

    def close(self, side: UpstreamSide) -> None:
        """It is of no use any more."""
        self.forget(side)
        side.abort()

    def forget(self, side: UpstreamSide) -> None:
        """It is gone."""
        self._all.discard(side)
        if side in self._idle:
            self._idle.remove(side)

    def sweep(self, now: float) -> None:
        """Close those that nobody has wanted for a while."""
        for side in [each for each in self._idle if now - each.idle_since >= IDLE_S]:
            self.close(side)

    def drop(self) -> None:
        """Close all."""
        for side in tuple(self._all):
            self.close(side)
