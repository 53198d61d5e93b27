"""What all connections of one proxy share: who is asked, what is captured, and what may be sent."""

import asyncio
import logging
import ssl
from typing import Protocol

from everloop.serving.limits import HostNames, Limits
from everloop.serving.proxy.client_side import ClientSide
from everloop.serving.proxy.config import ProxyConfig
from everloop.serving.proxy.counts import Counts
from everloop.serving.proxy.exchange import Exchange
from everloop.serving.proxy.keeping import Keeping
from everloop.serving.proxy.known_heads import KnownAnswer, KnownHeads, KnownRequest
from everloop.serving.proxy.pool import Pool
from everloop.serving.proxy.upstream_side import UpstreamSide
from everloop.serving.refusal import Refused
from everloop.serving.response import Framer

log = logging.getLogger("everloop.proxy")

ANSWER_HEAD = Limits(head_bytes=64 * 1024, headers=256)  # of an upstream that was chosen by us


class Selector(Protocol):
    """Says what is read."""

    def choose(self, exchange: Exchange) -> None:
        """Mark the exchange as one to be read, if it is."""
        ...

    def prepare(self, exchange: Exchange) -> None:
        """Read its question, which is whole. Never raises."""
        ...


class Passage:
    """One proxy's way through."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        config: ProxyConfig,
        *,
        limits: Limits,
        hosts: HostNames,
        counts: Counts,
        selector: Selector,
        keeping: Keeping,
    ) -> None:
        self.limits = limits
        self.answer_limits = ANSWER_HEAD
        self.hosts = hosts
        self.counts = counts
        self.upstream = config.upstream
        self.framer = Framer()
        self.clients: set[ClientSide] = set()
        self.requests: KnownHeads[KnownRequest] = KnownHeads()
        self.answers: KnownHeads[KnownAnswer] = KnownHeads()
        self.is_draining = False
        self._loop = loop
        self._config = config
        self._selector = selector
        self._keeping = keeping
        self._host = config.upstream_host.encode("idna") if config.upstream_host else b""
        self._connecting: set[asyncio.Task[None]] = set()
        self.pool = Pool(loop, config.upstream, lambda: UpstreamSide(self), connect_s=config.connect_s)

    def meet(self) -> ClientSide:
        """A protocol for a client that was accepted."""
        return ClientSide(self)

    def welcome(self, exchange: Exchange, lines: bytes) -> None:
        """A request's head is whole: it will be passed on, as `lines`."""
        self._selector.choose(exchange)
        exchange.ask(lines)

    def lines(self, exchange: Exchange) -> bytes:
        """The head as it goes on."""
        start = b"%b %b HTTP/1.1\r\n" % (exchange.method.encode(), exchange.head.target)
        return b"%b%b\r\n" % (start, exchange.head.lines(host=self._host))

    def remember(self, data: bytes, exchange: Exchange) -> None:
        """`data` is this request, whole: one with the same head need not be parsed."""
        known = KnownRequest(
            exchange.head, exchange.method, exchange.version, exchange.manner, self.lines(exchange)
        )
        self.requests.remember(data, exchange.head, known)

    def connect(self, exchange: Exchange, *, fresh: bool = False) -> None:
        """Find it a connection to the upstream."""
        side = None if fresh else self.pool.take()
        if side is not None:
            side.serve(exchange)
            return
        task = self._loop.create_task(self._connect(exchange))
        self._connecting.add(task)
        task.add_done_callback(self._connecting.discard)

    async def _connect(self, exchange: Exchange) -> None:
        try:
            side = await self.pool.connect()
        except TimeoutError:
            detail = f"The upstream {self.upstream} took no connection within {self._config.connect_s:g} s."
            exchange.fail(Refused(504, "upstream-timeout", detail))
            return
        except (OSError, ssl.SSLError) as error:
            reason = error.strerror or str(error)
            detail = f"The upstream {self.upstream} takes no connection: {reason}."
            exchange.fail(Refused(502, "upstream-unreachable", detail))
            return
        if exchange.is_answered:  # the client has gone meanwhile
            self.pool.give(side)
            return
        side.serve(exchange)
        exchange.client.resume()

    def prepare(self, exchange: Exchange) -> None:
        """Its question is on its way: read it while the upstream is at it."""
        if exchange.prepared is None and not exchange.is_answered:
            self._loop.call_soon(self._selector.prepare, exchange)

    def finish(self, exchange: Exchange, last: bytes) -> None:
        """Its answer is whole, or will not be: what is to be captured is, before the last bytes leave."""
        if exchange.failure:
            self.counts.unreachable += exchange.status in (502, 504) and not exchange.is_begun
            log.warning("%s %s: %s", exchange.method, _shown(exchange.head.target), exchange.failure)
        else:
            self.counts.passed += 1
        if exchange.is_read:
            self._keeping.add(exchange, last)
        else:
            exchange.release(last)

    def count_refusal(self, refused: Refused) -> None:
        """Remember that somebody was refused."""
        self.counts.refused += 1
        log.info("refused: %s", refused.detail)

    def drain(self) -> None:
        """From now on, every connection ends with its next answer."""
        self.is_draining = True
        self.requests.close()
        for client in tuple(self.clients):
            if client.is_idle:
                client.abort()

    def drop(self) -> None:
        """Let go of the upstream."""
        for task in self._connecting:
            task.cancel()
        self.pool.drop()


def _shown(target: bytes) -> str:
    return target[:80].decode("latin-1")
