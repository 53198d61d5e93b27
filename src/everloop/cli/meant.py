"""Which endpoint a command means where it names none."""

from typing import TYPE_CHECKING, Annotated

import typer

from everloop.errors import InvalidRequest

if TYPE_CHECKING:
    from everloop.workspace.workspace import Workspace

Endpoint = Annotated[str, typer.Argument(help="An endpoint, or its loop.", show_default="the only one")]


def endpoint_meant(workspace: "Workspace", given: str) -> str:
    """What was given, or the only endpoint there is; raises InvalidRequest where there are several, or none."""
    if given:
        return given
    names = dict.fromkeys(
        [e.name for e in workspace.endpoints()] + [loop.endpoint for loop in workspace.loops()]
    )
    if len(names) == 1:
        return next(iter(names))
    if names:
        raise InvalidRequest(f"There are several endpoints: {', '.join(names)}.", remedy="Name one.")
    raise InvalidRequest("There is no endpoint yet.", remedy="Make one: `everloop deploy MODEL@1 NAME`.")
