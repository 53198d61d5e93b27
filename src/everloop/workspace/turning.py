"""Turn a loop by hand: here, where nobody else has the workspace open, or by its control plane."""

from contextlib import ExitStack
from typing import TYPE_CHECKING

from everloop.actions.operations.cycles import CYCLE, CYCLES
from everloop.actions.operations.loops import TURN_LOOP
from everloop.actions.queries.cycles import CycleQuery, CyclesQuery
from everloop.actions.turn_loop import TurnRequest
from everloop.errors import NotFound
from everloop.records.cycle import Cycle
from everloop.records.names import new_id
from everloop.workspace.following import Following
from everloop.workspace.local import LocalClient
from everloop.workspace.progress import Progress

if TYPE_CHECKING:
    from everloop.workspace.client import Client


def begin(client: "Client", loop: str, reason: str) -> Cycle:
    """Open a cycle and answer it at once; raises Conflict where one is open."""
    begun = client.call(TURN_LOOP, TurnRequest(loop=loop, reason=reason), key=new_id("key"))
    endpoint, _, number = begun.cycle.rpartition(".")
    return client.call(CYCLE, CycleQuery(endpoint=endpoint, number=int(number)), key="")


def turn(client: "Client", loop: str, reason: str, progress: Progress) -> Cycle:
    """Open a cycle, or go on with the one that is open, and follow it until it rests.

    Without a control plane this process takes the steps, and nobody else writes meanwhile.
    """
    with ExitStack() as stack:
        turned_here = False
        if isinstance(client, LocalClient):
            office = stack.enter_context(client.staying(f"`everloop turn {loop}`"))
            if office is not None:
                from everloop.workspace.loop_engine import LoopEngine  # it brings in all that a cycle does

                cycle, is_new = _open_or_new(client, loop, reason, progress)
                engine = LoopEngine(office)
                engine.start()
                stack.callback(engine.stop)
                turned_here = True
        if not turned_here:
            cycle, is_new = _open_or_new(client, loop, reason, progress)

        def is_turned() -> bool:
            return turned_here or not isinstance(client, LocalClient) or client.has_control_plane()

        following = Following(client, cycle, progress, is_turned=is_turned, from_now=not is_new)
        return following.until_it_rests()


def _open_or_new(client: "Client", loop: str, reason: str, progress: Progress) -> tuple[Cycle, bool]:
    """The cycle that is followed, and whether it is new."""
    try:
        newest = client.call(CYCLES, CyclesQuery(endpoint=loop, newest=1), key="")
    except NotFound:
        newest = ()
    if newest and newest[0].state != "closed":
        progress(f"Cycle {newest[0].id} is open already: going on with it. So far: everloop why {loop}")
        return newest[0], False
    cycle = begin(client, loop, reason)
    progress(f"Cycle {cycle.id} is open.")
    return cycle, True
