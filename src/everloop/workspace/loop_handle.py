"""A loop as a person holds it."""

from typing import TYPE_CHECKING

from everloop.actions.operations.cycles import CYCLES, REPORT
from everloop.actions.operations.loops import LOOP, NEXT, PAUSE_LOOP, RESUME_LOOP, WHY
from everloop.actions.pause_loop import PauseRequest, ResumeRequest
from everloop.actions.queries.cycles import CyclesQuery, ReportQuery
from everloop.actions.queries.loops import DeclaredLoop, LoopQuery
from everloop.actions.queries.next_step import Next, NextQuery
from everloop.actions.queries.why import Why, WhyQuery
from everloop.records.cycle import Cycle
from everloop.records.loop import LoopStanding
from everloop.records.names import new_id
from everloop.records.report import CycleReport
from everloop.shown.markup import Markup
from everloop.workspace import listings
from everloop.workspace.progress import Progress, watched
from everloop.workspace.seen import seen

if TYPE_CHECKING:
    from everloop.workspace.client import Client


class LoopHandle:
    """What keeps the model behind an endpoint improving, by its own name or its endpoint's."""

    def __init__(self, client: "Client", name: str) -> None:
        self.name = name
        self._client = client

    def next(self) -> Next:
        """What would happen now, and what each trigger waits for; `lines()` of it is for people."""
        return self._client.call(NEXT, NextQuery(endpoint=self.name), key="")

    def why(self, *, all: bool = False) -> Why:
        """Why something happened, or did not; `lines()` of it is for people.

        With `all` every event and verdict of the newest cycle, and the cycles before it.
        """
        return self._client.call(WHY, WhyQuery(endpoint=self.name, all=all), key="")

    def turn(self, reason: str = "", *, wait: bool = True, progress: Progress | None = None) -> Cycle:
        """Turn it by hand, and wait until the cycle is closed, waits for a person or for rows, or rolls out.

        A cycle that is open already is gone on with. Where no control plane runs, this process does the work.
        With `wait=False` a new cycle is opened for a control plane to take on; raises Conflict where one is open.
        """
        from everloop.workspace.turning import begin, turn

        if not wait:
            return begin(self._client, self.name, reason)
        return turn(self._client, self.name, reason, progress or watched())

    def pause(self, reason: str = "") -> LoopStanding:
        """Let nothing turn by itself; a cycle that is open goes on."""
        return self._client.call(PAUSE_LOOP, PauseRequest(loop=self.name, reason=reason), key=new_id("key"))

    def resume(self, reason: str = "") -> LoopStanding:
        """Let it turn again, without cooling down any longer."""
        return self._client.call(RESUME_LOOP, ResumeRequest(loop=self.name, reason=reason), key=new_id("key"))

    def cycles(self, *, newest: int = 20) -> tuple[Cycle, ...]:
        """Its endpoint's cycles, the oldest of them first."""
        return listings.cycles(
            self._client.call(CYCLES, CyclesQuery(endpoint=self.name, newest=newest), key="")
        )

    def report(self, number: int | None = None) -> CycleReport:
        """What a cycle did and why, by default the newest that has a report: Markdown, and pictures as SVG."""
        return self._client.call(REPORT, ReportQuery(endpoint=self.name, number=number), key="")

    def status(self) -> DeclaredLoop:
        """As it was declared, where it stands, and its open cycle."""
        return self._client.call(LOOP, LoopQuery(loop=self.name), key="")

    def __repr__(self) -> str:
        return f"LoopHandle({self.name!r})"

    def _repr_html_(self) -> str:
        return seen(f"Loop {self.name}", lambda: Markup(self.next()._repr_html_()))
