"""`everloop loops`, `next`, `why`, `pause` and `resume`: loops looked at and held."""

from typing import TYPE_CHECKING, Annotated

import typer

from everloop.cli.declare import declare_changed
from everloop.cli.meant import Endpoint, endpoint_meant
from everloop.cli.show import AsJson, Folder, printable, show_json, show_table

if TYPE_CHECKING:
    from collections.abc import Iterable

    from everloop.actions.queries.loops import LoopStatus

Reason = Annotated[str, typer.Option("--reason", help="Why; it is recorded.")]


def loops(folder: Folder = ".", as_json: AsJson = False) -> None:
    """Every loop: its mode, what it does now, the candidate on its way."""
    from everloop.workspace.open import open

    with open(folder, create=False) as workspace:
        declare_changed(workspace, needed=False)
        found = workspace.loops()
    if as_json:
        show_json(found)
        return
    show_loops(found, empty="No loops yet: declare one in loop.py, `loop = el.Loop(...)`.")


def next_(endpoint: Endpoint = "", folder: Folder = ".", as_json: AsJson = False) -> None:
    """What would happen now, and what is waited for. Changes nothing."""
    from everloop.workspace.open import open

    with open(folder, create=False) as workspace:
        declare_changed(workspace, needed=False)
        found = workspace.loop(endpoint_meant(workspace, endpoint)).next()
        turned = workspace.is_turned()
    if as_json:
        show_json(found)
        return
    _say(found.lines())
    if (found.working or found.moves) and not turned:
        typer.echo(f"Nothing turns it now. Next: everloop up, or everloop turn {found.endpoint}")


def why(
    endpoint: Endpoint = "",
    everything: Annotated[
        bool, typer.Option("--all", help="Every event and verdict, and the cycles before.")
    ] = False,
    folder: Folder = ".",
    as_json: AsJson = False,
) -> None:
    """Why something happened at an endpoint, or did not: the story of its newest cycle."""
    from everloop.workspace.open import open

    with open(folder, create=False) as workspace:
        declare_changed(workspace, needed=False)
        found = workspace.loop(endpoint_meant(workspace, endpoint)).why(all=everything)
        turned = workspace.is_turned()
    if as_json:
        show_json(found)
        return
    _say(found.lines())
    if not turned:
        typer.echo("Nothing turns the loops now: `everloop up` does.")


def pause(
    endpoint: Endpoint = "", reason: Reason = "", folder: Folder = ".", as_json: AsJson = False
) -> None:
    """Let nothing turn by itself; a cycle that is open goes on."""
    from everloop.workspace.open import open

    with open(folder, create=False) as workspace:
        standing = workspace.loop(endpoint_meant(workspace, endpoint)).pause(reason)
    if as_json:
        show_json(standing)
    else:
        typer.echo(
            f"Loop {standing.name} is paused: nothing turns by itself until `everloop resume {standing.name}`."
        )


def resume(
    endpoint: Endpoint = "", reason: Reason = "", folder: Folder = ".", as_json: AsJson = False
) -> None:
    """Let a paused loop turn again, without cooling down any longer."""
    from everloop.workspace.open import open

    with open(folder, create=False) as workspace:
        standing = workspace.loop(endpoint_meant(workspace, endpoint)).resume(reason)
    if as_json:
        show_json(standing)
    else:
        typer.echo(f"Loop {standing.name} turns again.")


def show_loops(found: "Iterable[LoopStatus]", *, empty: str) -> None:
    """A line a loop."""
    from everloop.loop.kept import kept_in_words
    from everloop.loop.story import verdicts_in_brief

    found = tuple(found)

    rows = [
        (
            each.endpoint,
            each.mode,
            f"{each.state}: {each.why}" if each.why and not each.cycle else each.state,
            each.cycle or "-",
            each.candidate or "-",
            f"{each.share:.0%}" if each.share else "-",
            verdicts_in_brief(each.verdicts) or "-",
            each.alerts or "-",
        )
        for each in found
    ]
    show_table(
        ("loop at", "mode", "state", "cycle", "candidate", "share", "verdicts", "alerts"), rows, empty=empty
    )
    _say(f"Declared anew; {kept_in_words(each.cycle, each.kept)}." for each in found if each.kept)


def _say(lines: "Iterable[str]") -> None:
    for line in lines:
        typer.echo(printable(line))
