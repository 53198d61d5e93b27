"""`everloop turn`: a loop turned by hand."""

from typing import TYPE_CHECKING, Annotated

import typer

from everloop.cli.declare import declare_changed
from everloop.cli.meant import Endpoint, endpoint_meant
from everloop.cli.show import AsJson, Folder, printable, show_json

if TYPE_CHECKING:
    from everloop.records.cycle import Cycle


def turn(
    endpoint: Endpoint = "",
    reason: Annotated[str, typer.Option("--reason", help="Why; it is recorded.")] = "",
    no_wait: Annotated[
        bool, typer.Option("--no-wait", help="Open the cycle and leave it to `everloop up`.")
    ] = False,
    folder: Folder = ".",
    as_json: AsJson = False,
) -> None:
    """Open a cycle, or go on with the open one, and follow it until it ends, waits for you or rolls out."""
    from everloop.workspace.open import open

    def say(line: str) -> None:
        typer.echo(printable(line), err=as_json)

    with open(folder, create=False) as workspace:
        declare_changed(workspace, needed=True)
        loop = workspace.loop(endpoint_meant(workspace, endpoint))
        cycle = loop.turn(reason, wait=not no_wait, progress=say)
        turned = workspace.is_turned()
    if as_json:
        show_json(cycle)
        return
    for line in outcome(cycle, turned=turned):
        typer.echo(printable(line))


def outcome(cycle: "Cycle", *, turned: bool) -> list[str]:
    """How a cycle stands, and what a person may do about it."""
    from everloop.loop.story import cycle_in_words

    told = [f"Cycle {cycle_in_words(cycle)}."]
    at = cycle.endpoint
    if cycle.report:
        told.append(f"Next: everloop report {at} --cycle {cycle.number}")
    elif cycle.state == "waiting":
        told.append(
            f"{cycle.candidate} passed its gates. Next: everloop approve {at}, or everloop reject {at}"
        )
    elif cycle.state != "closed" and not turned:
        told.append("It goes on while `everloop up` runs, which gives it traffic and time. Next: everloop up")
    elif cycle.state == "judging" and cycle.reason:
        told.append("The gates look again when more rows are mature: nothing is to be done.")
    elif cycle.state != "closed":
        told.append(f"Next: everloop why {at}")
    return told
