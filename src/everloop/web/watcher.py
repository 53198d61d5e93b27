"""Looks at one endpoint for everybody who looks at its page: once a second at most, and not at all for nobody."""

import threading
import time
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from everloop.access.policy import Principal, require
from everloop.actions.operation import A, Operation, Q
from everloop.actions.operations.cycles import CYCLES
from everloop.actions.operations.loops import LOOP, LOOPS, NEXT
from everloop.actions.operations.monitors import MONITORING
from everloop.actions.queries.cycles import CyclesQuery
from everloop.actions.queries.endpoints import EndpointsQuery, EndpointStatus
from everloop.actions.queries.loops import LoopQuery, LoopsQuery
from everloop.actions.queries.models import VersionQuery
from everloop.actions.queries.monitors import MonitoringQuery
from everloop.actions.queries.next_step import NextQuery, next_step
from everloop.actions.queries.quality_history import QualityHistoryQuery
from everloop.actions.queries.status import ServingQuery
from everloop.actions.registry import ENDPOINTS, QUALITY_HISTORY, SERVING, VERSION
from everloop.errors import NotFound
from everloop.records.names import parse_version
from everloop.serving.metrics_files import read_counts
from everloop.web.happenings import Happenings
from everloop.web.seen import Seen
from everloop.web.traffic import Counters, TrafficWatch, counters_of

if TYPE_CHECKING:
    from everloop.workspace.office import Office

FRESH_S = 1.0
LOOKING = 0.2  # of the time at most is spent on looking: a look that takes long is taken less often,
LONGEST_S = 5.0  # but a page that is looked at is never older than this and a look


class Watcher:
    """The newest look at one endpoint; "" is a workspace that has none. Safe to use from several threads."""

    def __init__(
        self,
        office: "Office",
        principal: Principal,
        endpoint: str,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        from everloop.actions.ledger_surroundings import LedgerSurroundings

        self._office = office
        self._principal = principal
        self._endpoint = endpoint
        self._monotonic = monotonic
        self._traffic = TrafficWatch()
        self._happenings = Happenings(self._ask, endpoint)
        surroundings = LedgerSurroundings()  # it keeps its counts: a ledger that stands still is counted once
        self._next = replace(NEXT, run=lambda context, query: next_step(context, query, surroundings))
        self._turn = threading.Lock()
        self._seen: Seen | None = None
        self._stale_at = 0.0

    def seen(self) -> Seen:
        """What there is to see, at most a second old; raises NotFound for an endpoint that there is not."""
        with self._turn:
            began = self._monotonic()
            if self._seen is None or began >= self._stale_at:
                self._seen = self._look()
                took = self._monotonic() - began
                self._stale_at = began + took + min(LONGEST_S, max(FRESH_S - took, took / LOOKING - took))
            return self._seen

    def pause_s(self) -> float:
        """How long until a look would see something new."""
        return max(0.05, self._stale_at - self._monotonic())

    def touch(self) -> None:
        """Somebody has changed something: look again at the next question."""
        self._stale_at = 0.0

    def _look(self) -> Seen:
        found = self._ask(ENDPOINTS, EndpointsQuery())
        loops = self._ask(LOOPS, LoopsQuery())
        names = tuple(sorted({e.name for e in found} | {loop.endpoint for loop in loops}))
        seen = Seen(
            now=self._office.clock.now(),
            project=self._office.settings.project.name,
            endpoints=names,
            endpoint=self._endpoint,
            serving=self._ask(SERVING, ServingQuery()).serving,
        )
        if not self._endpoint:
            return seen
        if self._endpoint not in names:
            raise NotFound(f"There is no endpoint {self._endpoint[:80]!r}.")
        for loop in (each.loop for each in loops if each.loop and each.endpoint == self._endpoint):
            declared = self._ask(LOOP, LoopQuery(loop=loop))
            seen = replace(seen, loop=declared.declared, standing=declared.standing)
        status = next((e for e in found if e.name == self._endpoint), None)
        seen = replace(seen, next=self._ask(self._next, NextQuery(endpoint=self._endpoint)))
        return seen if status is None else self._answering(seen, status)

    def _answering(self, seen: Seen, status: EndpointStatus) -> Seen:
        name = status.name
        model, number = parse_version(status.champion)
        newest = self._ask(CYCLES, CyclesQuery(endpoint=name, newest=1))
        self._happenings.look(status.champion)
        return replace(
            seen,
            status=status,
            champion=self._ask(VERSION, VersionQuery(model=model, version=number)),
            crowned=self._happenings.crowned,
            events=self._happenings.events(),
            cycle=newest[-1] if newest else None,
            monitoring=self._ask(MONITORING, MonitoringQuery(endpoint=name)),
            history=self._ask(QUALITY_HISTORY, QualityHistoryQuery(endpoint=name)),
            traffic=self._traffic.seen(self._counters(), self._monotonic()),
        )

    def _counters(self) -> Counters:
        return counters_of(read_counts(self._office.layout), self._endpoint)

    def _ask(self, operation: Operation[Q, A], query: Q) -> A:
        require(self._principal, operation.name)
        return self._office.perform(operation, query, actor=self._principal.actor, key="")
