"""Follow a cycle as it goes: what happens, the logs of its runs, its verdicts."""

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from everloop.actions.operations.cycles import CYCLE
from everloop.actions.operations.loops import NEXT
from everloop.actions.queries.cycles import CycleQuery
from everloop.actions.queries.events import EventsQuery
from everloop.actions.queries.models import LogQuery, RunsQuery
from everloop.actions.queries.next_step import NextQuery
from everloop.actions.registry import EVENTS, RUN_LOG, RUNS
from everloop.errors import NotFound, Unreachable
from everloop.loop.story import HAPPENED, verdicts_told
from everloop.records.cycle import Cycle
from everloop.workspace.progress import Progress

if TYPE_CHECKING:
    from everloop.workspace.client import Client

POLL_S = 0.2
NEWEST = 50  # events and runs that are looked at: more than happen between two looks


class Following:
    """Tells each thing once."""

    def __init__(
        self,
        client: "Client",
        cycle: Cycle,
        progress: Progress,
        *,
        is_turned: Callable[[], bool],
        from_now: bool = False,
    ) -> None:
        """`is_turned` says whether anybody takes the cycle's steps. `from_now`: what it has done is not told again."""
        self._client = client
        self._query = CycleQuery(endpoint=cycle.endpoint, number=cycle.number)
        self._progress = progress
        self._is_turned = is_turned
        self._seen = self._newest_event(cycle) if from_now else 0  # that was told
        self._step = cycle.step if from_now else 0
        self._read: dict[str, int] = {}  # of each run's log, so many bytes

    def until_it_rests(self) -> Cycle:
        """The cycle when it is closed, waits for a person or for rows, or rolls out.

        Raises Unreachable when nobody takes its steps any more.
        """
        while True:
            cycle = self._client.call(CYCLE, self._query, key="")
            self._tell(cycle)
            if self._rests(cycle):
                return cycle
            if not self._is_turned():
                raise Unreachable(
                    f"Nobody turns cycle {cycle.id} any more; it is {cycle.state}.",
                    remedy=f"Go on with `everloop up`, or `everloop turn {cycle.endpoint}`.",
                )
            time.sleep(POLL_S)

    def _newest_event(self, cycle: Cycle) -> int:
        query = EventsQuery(newest=1, subject=f"endpoint:{cycle.endpoint}")
        return next((event.sequence for event in self._client.call(EVENTS, query, key="")), 0)

    def _rests(self, cycle: Cycle) -> bool:
        if cycle.state in ("closed", "rolling"):
            return True
        if cycle.state == "waiting":
            return cycle.approved is None
        if cycle.state != "judging" or not cycle.judged:
            return False
        following = self._client.call(NEXT, NextQuery(endpoint=cycle.endpoint), key="")
        return following.cycle == cycle.id and not (following.working or following.moves)

    def _tell(self, cycle: Cycle) -> None:
        if cycle.state == "fitting":
            self._tell_logs(cycle)
        if cycle.step == self._step:
            return
        self._step = cycle.step
        subject = f"endpoint:{cycle.endpoint}"
        for event in self._client.call(EVENTS, EventsQuery(newest=NEWEST, subject=subject), key=""):
            if event.sequence <= self._seen or event.after.get("cycle") != cycle.id:
                continue
            self._seen = event.sequence
            if event.action == "fit_candidates":
                self._tell_logs(cycle)
            reason = f": {event.reason}" if event.reason else ""
            self._progress(f"{HAPPENED.get(event.action, event.action)}{reason}")
            for verdict in _gates_of(event.evidence):
                self._progress(f"  {verdict}")

    def _tell_logs(self, cycle: Cycle) -> None:
        for run in self._client.call(RUNS, RunsQuery(model=cycle.champion.model, newest=NEWEST), key=""):
            if run.started_at < cycle.opened_at:
                continue
            try:
                query = LogQuery(run=run.id, offset=self._read.get(run.id, 0))
                part = self._client.call(RUN_LOG, query, key="")
            except NotFound:  # no log yet
                continue
            self._read[run.id] = part.next_offset
            for line in part.text.splitlines():
                self._progress(f"  {run.id}  {line}")


def _gates_of(evidence: dict[str, object]) -> list[str]:
    """The verdicts that an event holds, those that decide."""
    import msgspec

    from everloop.records.verdict import Verdict

    gates = msgspec.convert(evidence.get("gates", {}), dict[str, tuple[Verdict, ...]])
    rollout = msgspec.convert(evidence.get("rollout", ()), tuple[Verdict, ...])
    told = [
        f"{who}  {line}" for who, verdicts in gates.items() for line in verdicts_told(verdicts, every=False)
    ]
    return [*told, *verdicts_told(rollout, every=False)]
