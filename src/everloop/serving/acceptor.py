"""Takes connections from the socket that all workers share, and leaves them to a less busy worker where there is one.

The kernel wakes the same worker first again and again, so the first would get nearly every connection. One that holds
many lets a moment pass before it takes more: whoever holds fewer has taken them by then. What still waits after that
moment is taken together, so that a burst of connections waits once and not once each.
"""

import asyncio
import logging
import socket
from collections.abc import Callable

STEP = 8  # connections for each further moment
MOMENT_S = 0.001  # the event loop's timers are not finer
LONGEST_S = 0.004
BURST = 32  # taken together after a moment
EXHAUSTED_S = 0.1  # before another try when the process has no descriptor left

log = logging.getLogger("everloop.serving")


class Acceptor:
    """Accepts for one worker until it is closed. `held` tells how many connections the worker has."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        listener: socket.socket,
        make_protocol: Callable[[], asyncio.Protocol],
        held: Callable[[], int],
        *,
        alone: bool,
    ) -> None:
        """`alone`: no other worker takes from this socket, so there is nobody to wait for."""
        self._loop = loop
        self._listener = listener
        self._make_protocol = make_protocol
        self._held = held
        self._alone = alone
        self._attaching: set[asyncio.Task[object]] = set()
        self._later: asyncio.TimerHandle | None = None
        listener.setblocking(False)
        loop.add_reader(listener.fileno(), self._somebody_is_here)

    def close(self) -> None:
        """Take no more; the socket itself belongs to the supervisor."""
        if self._later is not None:
            self._later.cancel()
        self._loop.remove_reader(self._listener.fileno())
        self._listener.close()

    @property
    def is_attaching(self) -> bool:
        """Whether a connection was accepted and is not yet counted among those held."""
        return bool(self._attaching)

    def _somebody_is_here(self) -> None:
        wait_s = 0.0 if self._alone else min(MOMENT_S * (self._held() // STEP), LONGEST_S)
        if wait_s:
            self._pause(wait_s)
        else:
            self._take()

    def _pause(self, wait_s: float) -> None:
        self._loop.remove_reader(self._listener.fileno())
        self._later = self._loop.call_later(wait_s, self._take_after_all)

    def _take_after_all(self) -> None:
        self._later = None
        self._loop.add_reader(self._listener.fileno(), self._somebody_is_here)
        for _ in range(BURST):
            if not self._take():
                break

    def _take(self) -> bool:
        """Take one connection; answers whether there may be another."""
        try:
            connection, _ = self._listener.accept()
        except BlockingIOError:
            return False  # another worker was sooner
        except ConnectionAbortedError:
            return True  # the client has gone
        except OSError as error:  # no descriptor is left: the client waits in the queue until one is
            log.warning("a connection could not be accepted: %s", error)
            self._pause(EXHAUSTED_S)
            return False
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        attaching = self._loop.create_task(self._attach(connection))
        self._attaching.add(attaching)
        attaching.add_done_callback(self._attaching.discard)
        return True

    async def _attach(self, connection: socket.socket) -> None:
        try:
            await self._loop.connect_accepted_socket(self._make_protocol, connection)
        except OSError as error:  # it went away meanwhile
            log.debug("a connection was gone before it was taken: %s", error)
            connection.close()
