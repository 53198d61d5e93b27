"""Which endpoint a command means where it names none."""

from typing import TYPE_CHECKING, Annotated

import typer

from everloop.errors import InvalidRequest

if TYPE_CHECKING:
    from everloop.workspace.workspace import Workspace

Endpoint = Annotated[str, typer.Argument(help="An endpoint, or its loop.", show_default="the only one")]


def endpoint_meant(workspace: "Workspace", given: str) -> str:
    """What was given, or the only loop there is, or the only endpoint; raises InvalidRequest for several, or none."""
    if given:
        return given
    names = [loop.endpoint for loop in workspace.loops()] or [e.name for e in workspace.endpoints()]
    if len(names) == 1:
        return names[0]
    if names:
        raise InvalidRequest(f"There are several: {', '.join(names)}.", remedy="Name one.")
    raise InvalidRequest("There is no endpoint yet.", remedy="Make one: `everloop deploy MODEL@1 NAME`.")
