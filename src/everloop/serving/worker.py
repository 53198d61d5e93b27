"""A process that answers predictions: `python -m everloop.serving.worker CONFIG` with the JSON of a WorkerConfig.

It is started by the supervisor, whose listening socket it inherits, and leaves when the supervisor does. TERM drains.
"""

import asyncio
import gc
import logging
import os
import signal
import socket
import sys
import time
from collections.abc import Awaitable, Callable

import uvloop

from everloop.errors import EverloopError
from everloop.ledger.segment import SegmentLog
from everloop.serving.acceptor import Acceptor
from everloop.serving.channel import Message, RefusedBundle, encode
from everloop.serving.follower import LOOK_S, Follower
from everloop.serving.limits import HostNames, Limits
from everloop.serving.metrics import Metrics, as_text
from everloop.serving.metrics_files import WorkerCounts, read_counts, write_counts
from everloop.serving.plane import Plane
from everloop.serving.prediction_ids import PredictionIds
from everloop.serving.resources import Resources
from everloop.serving.sweep import sweep_idle
from everloop.serving.worker_config import WorkerConfig
from everloop.stores.workspace_clock import FollowedClock

FLUSH_S = 1.0  # between two writes of the metrics file, and two looks at the capture segment's age
LINGER_S = 0.1  # after TERM: the kernel may have accepted connections that it has not yet announced
IDLE_S = 1.0  # after TERM: then connections between two requests are closed

log = logging.getLogger("everloop.serving")


class Worker:
    """The worker's life: load, say ready, serve, drain."""

    def __init__(self, config: WorkerConfig, loop: asyncio.AbstractEventLoop) -> None:
        self._config = config
        self._loop = loop
        self._layout = config.layout
        serving = config.serving
        self._limits = Limits.of(serving)
        self._metrics = Metrics()
        self._capture = SegmentLog(self._layout.capture, promise=serving.capture, worker=config.token)
        hosts = HostNames((serving.host, *serving.hosts))
        self._clock = FollowedClock(self._layout)
        resources = Resources(
            hosts=hosts,
            metrics=self._metrics,
            metrics_text=self._metrics_text,
            max_rows=serving.max_rows,
            hand=self._clock.hand,
        )
        self._plane = Plane(
            loop,
            limits=self._limits,
            hosts=hosts,
            log=self._capture,
            ids=PredictionIds(config.token),
            metrics=self._metrics,
            resources=resources,
            hand=self._clock.hand,
        )
        self._follower = Follower(
            self._layout,
            capture=self._capture,
            metrics=self._metrics,
            max_rows=serving.max_rows,
            refused=self._tell_refused,
        )
        self._channel = socket.socket(fileno=config.channel_fd)
        self._listener = socket.socket(fileno=config.listen_fd)
        self._leaving = asyncio.Event()
        self._orphaned = False

    async def live(self) -> None:
        """Serve until told to leave, or until nobody is there who could tell."""
        self._channel.setblocking(False)
        self._loop.add_reader(self._channel.fileno(), self._hear)
        for ignored in (signal.SIGINT, signal.SIGHUP):  # a terminal's are for the supervisor
            self._loop.add_signal_handler(ignored, lambda: None)
        self._loop.add_signal_handler(signal.SIGTERM, self._leaving.set)
        routing = await self._follower.look()
        if routing is not None:
            self._plane.route(routing)
        gc.collect()
        gc.freeze()  # what is loaded now stays: no collection needs to look at it
        acceptor = Acceptor(
            self._loop,
            self._listener,
            self._plane.connect,
            held=lambda: len(self._plane.connections),
            alone=self._config.serving.workers == 1,
        )
        self._tell(Message(ready=self._plane.route_table))
        chores = [
            asyncio.create_task(_every(LOOK_S, self._follow)),
            asyncio.create_task(_every(self._limits.sweep_s, self._sweep)),
            asyncio.create_task(_every(FLUSH_S, self._flush)),
        ]
        await self._leaving.wait()
        if not self._orphaned:
            await self._drain(acceptor)
        self._plane.shadows.drop()
        for chore in chores:
            chore.cancel()
        self._write_counts()
        self._capture.close()

    async def _drain(self, acceptor: Acceptor) -> None:
        """Let every connection finish what it began, and take no other."""
        until = time.monotonic() + self._config.serving.drain_s
        await asyncio.sleep(LINGER_S)
        acceptor.close()
        self._plane.drain()
        idle_until = time.monotonic() + IDLE_S
        while (self._plane.connections or acceptor.is_attaching) and time.monotonic() < until:
            if self._orphaned:
                return
            if time.monotonic() > idle_until:
                sweep_idle(self._plane.connections)
            await asyncio.sleep(0.02)
        await self._plane.shadows.finish(until)

    async def _follow(self) -> None:
        routing = await self._follower.look()
        if routing is not None:
            self._plane.route(routing)
            self._tell(Message(table=routing.number))

    async def _sweep(self) -> None:
        self._plane.sweep(time.perf_counter())

    async def _flush(self) -> None:
        self._write_counts()
        self._rotate()
        self._clock.look()

    def _rotate(self) -> None:
        try:
            self._capture.rotate()
        except (OSError, EverloopError) as error:
            log.warning("the capture segment could not be sealed, which is left to the compactor: %s", error)

    def _write_counts(self) -> None:
        counts = WorkerCounts(
            slot=self._config.slot,
            route_table=self._plane.route_table,
            connections=len(self._plane.connections),
            counts=self._metrics.counts(),
        )
        try:
            write_counts(self._layout, self._config.token, counts)
        except OSError as error:
            log.warning("the metrics file could not be written: %s", error)

    def _metrics_text(self) -> bytes:
        self._write_counts()
        return as_text(read_counts(self._layout))

    def _hear(self) -> None:
        """Nobody says anything on the channel; its end is what matters."""
        try:
            gone = self._channel.recv(4096) == b""
        except BlockingIOError:
            return
        except OSError:
            gone = True
        if gone:
            self._loop.remove_reader(self._channel.fileno())
            self._orphaned = True
            self._leaving.set()

    def _tell_refused(self, refused: RefusedBundle) -> None:
        log.error("%s: bundle %s refused: %s", refused.endpoint, refused.bundle[:12], refused.reason)
        self._tell(Message(refused=refused))

    def _tell(self, message: Message) -> None:
        try:
            self._channel.send(encode(message))
        except OSError as error:  # the supervisor is gone, which `_hear` sees as well
            log.debug("the supervisor does not hear: %s", error)


async def _every(seconds: float, chore: Callable[[], Awaitable[None]]) -> None:
    """Do a chore again and again. One that fails is logged, and done again."""
    while True:
        await asyncio.sleep(seconds)
        try:
            await chore()
        except Exception:
            log.exception("a chore of the worker failed")


def main(argument: str) -> int:
    """Live as the worker that `argument` describes; answers the exit code."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s: %(message)s", datefmt="%H:%M:%S")
    try:
        config = WorkerConfig.from_argument(argument)
    except EverloopError as error:
        print(f"everloop: {error}", file=sys.stderr)
        return 2
    runner = asyncio.Runner(loop_factory=uvloop.new_event_loop)
    runner.run(Worker(config, runner.get_loop()).live())
    return 0  # the runner is not closed: it would wait for a bundle that is still being loaded


if __name__ == "__main__":
    # Ending as usual would wait for the thread that loads bundles; nothing that matters is left in this process.
    code = main(*sys.argv[1:2] or [""])
    logging.shutdown()
    os._exit(code)
