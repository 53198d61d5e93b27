"""The data plane of one worker: what its connections share, and who answers which path."""

from asyncio import AbstractEventLoop

from everloop.clock import Hand
from everloop.ledger.capture import CaptureLog
from everloop.serving.connection import Connection
from everloop.serving.handler import Handler
from everloop.serving.head_memory import HeadMemory
from everloop.serving.limits import HostNames, Limits
from everloop.serving.metrics import Metrics
from everloop.serving.prediction_ids import PredictionIds
from everloop.serving.refusal import Refused
from everloop.serving.resources import Resources
from everloop.serving.response import Framer
from everloop.serving.routing import Routing
from everloop.serving.shadow_turns import ShadowTurns
from everloop.serving.sweep import sweep
from everloop.serving.tick import Tick


class Plane:
    """Makes connections and answers what they ask."""

    def __init__(
        self,
        loop: AbstractEventLoop,
        *,
        limits: Limits,
        hosts: HostNames,
        log: CaptureLog,
        ids: PredictionIds,
        metrics: Metrics,
        resources: Resources,
        hand: Hand | None = None,
    ) -> None:
        self.limits = limits
        self.hosts = hosts
        self.metrics = metrics
        self.framer = Framer()
        self.heads = HeadMemory()
        hand = hand or Hand()
        self.shadows = ShadowTurns(loop, log, hand=hand)
        self.tick = Tick(loop, log, metrics, ids, self.shadows, hand)
        self.connections: set[Connection] = set()
        self.route_table = 0
        self.is_draining = False
        self._resources = resources

    def connect(self) -> Connection:
        """A protocol for a connection that was accepted."""
        self.metrics.add("everloop_connections_total")
        return Connection(self)

    def route(self, routing: Routing) -> None:
        """Answer from another table, from the next request on."""
        self._resources.route(routing)
        self.heads.clear()
        self.route_table = routing.number

    def drain(self) -> None:
        """From now on, every connection ends with its next answer."""
        self.is_draining = True
        self.heads.close()

    def find(self, target: bytes, method: str) -> Handler:
        """Who answers; raises Refused for a path that nobody answers, or not with this method."""
        return self._resources.find(target, method)

    def sweep(self, now: float) -> None:
        """End what is overdue, and look at the clock; `now` is of `time.perf_counter()`."""
        self.framer.refresh()
        sweep(self.connections, self.limits, now)
        self.tick.finish()

    def count_refusal(self, refused: Refused) -> None:
        """Remember that somebody was refused."""
        self.metrics.add("everloop_refused_total", code=refused.code, status=refused.status)
