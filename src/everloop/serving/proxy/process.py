"""The proxy's life: listen, pass, capture, drain."""

import asyncio
import logging
import os
import signal
import socket
import time
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime

import uvloop

from everloop.errors import EverloopError
from everloop.ledger.segment import SegmentLog
from everloop.records.names import new_id
from everloop.serving.acceptor import Acceptor
from everloop.serving.limits import HostNames, Limits
from everloop.serving.listening import listen
from everloop.serving.prediction_ids import PredictionIds
from everloop.serving.proxy.config import ProxyConfig
from everloop.serving.proxy.counts import Counts
from everloop.serving.proxy.keeping import Keeping
from everloop.serving.proxy.overdue import end_overdue
from everloop.serving.proxy.passage import Passage
from everloop.serving.proxy.status import ProxyStatus, remove_proxy_status, write_proxy_status
from everloop.serving.proxy.watched import Watched
from everloop.serving.status import url_of
from everloop.stores.workspace_clock import FollowedClock

LOOK_S = 0.5  # between two looks at the route table and the clock
TELL_S = 1.0  # between two writes of the status, and two looks at the capture segment's age
LINGER_S = 0.1  # after TERM: the kernel may have accepted connections that it has not yet announced

log = logging.getLogger("everloop.proxy")


def run_proxy(config: ProxyConfig, announce: Callable[[str], None]) -> int:
    """Pass and capture until INT or TERM; answers the exit code. `announce` gets the URL once it listens.

    Raises NotFound for an unknown endpoint, PortTaken, SettingsError.
    """
    listener = listen(config.host, config.port, setting="serving.port")
    with listener, asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        proxy = Proxy(config, runner.get_loop(), listener)
        return runner.run(proxy.live(announce))


class Proxy:
    """One proxy in its event loop."""

    def __init__(self, config: ProxyConfig, loop: asyncio.AbstractEventLoop, listener: socket.socket) -> None:
        self._config = config
        self._loop = loop
        self._listener = listener
        self._token = new_id("p")
        self._since = datetime.now(UTC)
        self._counts = Counts()
        self._limits = Limits.of(config.serving)
        self._clock = FollowedClock(config.layout)
        hosts = HostNames((config.host, *config.serving.hosts))
        self._capture = SegmentLog(config.layout.capture, promise=config.serving.capture, worker=self._token)
        self._watched = Watched(
            config,
            capture=self._capture,
            ids=PredictionIds(self._token),
            hosts=hosts,
            counts=self._counts,
            hand=self._clock.hand,
        )
        self._keeping = Keeping(loop, self._capture, self._watched, self._counts)
        self._passage = Passage(
            loop,
            config,
            limits=self._limits,
            hosts=hosts,
            counts=self._counts,
            selector=self._watched,
            keeping=self._keeping,
        )
        self._leaving = asyncio.Event()
        self._code = 0

    async def live(self, announce: Callable[[str], None]) -> int:
        """Until it is told to leave; answers the exit code, 128 + the signal."""
        self._watched.look()
        for told in (signal.SIGINT, signal.SIGTERM):
            self._loop.add_signal_handler(told, self._leave, int(told))
        acceptor = Acceptor(
            self._loop,
            self._listener,
            self._passage.meet,
            held=lambda: len(self._passage.clients),
            alone=True,
        )
        self._tell()
        announce(self.url)
        chores = [
            asyncio.create_task(_every(self._limits.sweep_s, self._sweep)),
            asyncio.create_task(_every(LOOK_S, self._look)),
            asyncio.create_task(_every(TELL_S, self._flush)),
        ]
        await self._leaving.wait()
        await self._drain(acceptor)
        for chore in chores:
            chore.cancel()
        self._keeping.finish()
        self._passage.drop()
        self._capture.close()
        remove_proxy_status(self._config.layout, self._token)
        return self._code

    @property
    def url(self) -> str:
        """Where callers find it."""
        return url_of(*self._listener.getsockname()[:2])

    def _leave(self, told: int) -> None:
        self._code = 128 + told
        self._leaving.set()

    async def _drain(self, acceptor: Acceptor) -> None:
        """Let what is on its way arrive, and take nothing more."""
        until = time.monotonic() + self._config.serving.drain_s
        await asyncio.sleep(LINGER_S)
        acceptor.close()
        self._passage.drain()
        while (self._passage.clients or acceptor.is_attaching) and time.monotonic() < until:
            await asyncio.sleep(0.02)
            self._passage.drain()

    def _sweep(self) -> None:
        now = time.perf_counter()
        self._passage.framer.refresh()
        self._passage.pool.sweep(now)
        end_overdue(self._passage.clients, self._limits, now, answer_s=self._config.answer_s)

    def _look(self) -> None:
        self._watched.look_again()
        self._clock.look()

    def _flush(self) -> None:
        self._tell()
        try:
            self._capture.rotate()
        except (OSError, EverloopError) as error:
            log.warning("the capture segment could not be sealed, which is left to the compactor: %s", error)

    def _tell(self) -> None:
        counts = asdict(self._counts)
        counts["reasons"] = dict(self._counts.reasons.most_common(10))
        status = ProxyStatus(
            token=self._token,
            pid=os.getpid(),
            endpoint=self._config.endpoint,
            url=self.url,
            upstream=str(self._config.upstream),
            since=self._since,
            why_not=self._watched.why_not,
            **counts,
        )
        try:
            write_proxy_status(self._config.layout, status)
        except OSError as error:
            log.warning("the status could not be written: %s", error)


async def _every(seconds: float, chore: Callable[[], None]) -> None:
    while True:
        await asyncio.sleep(seconds)
        try:
            chore()
        except Exception:  # the others go on, and so does what passes
            log.exception("a chore of the proxy failed")
