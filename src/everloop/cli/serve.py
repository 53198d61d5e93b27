"""`everloop up` and `everloop serve`."""

from typing import Annotated

import typer

from everloop.cli.show import Folder


def up(folder: Folder = ".") -> None:
    """Start everything on this machine: the data plane and the control plane. Ctrl-C stops it."""
    from pathlib import Path

    from everloop.cli.declare import declare_changed, has_changed
    from everloop.control.up import run_up
    from everloop.workspace.project import project

    place, settings, layout = project(Path(folder))
    if has_changed(place, layout):
        from everloop.workspace.open import open

        with open(place, create=False) as workspace:
            declare_changed(workspace, needed=False)  # what was declared before goes on where this cannot be
    raise typer.Exit(run_up(layout, settings, say=typer.echo))


def serve(
    folder: Folder = ".",
    port: Annotated[int | None, typer.Option("--port", help="Instead of the declared one.")] = None,
) -> None:
    """Start the data plane alone: it serves what was deployed last, with no control plane."""
    from dataclasses import replace
    from pathlib import Path

    from everloop.serving.status import ServingStatus
    from everloop.serving.stderr_log import log_to_stderr
    from everloop.serving.supervisor import supervise
    from everloop.serving.supervisor_config import SupervisorConfig
    from everloop.stores.workspace_clock import clock_of
    from everloop.workspace.project import project

    _, settings, layout = project(Path(folder))
    clock_of(layout, settings)  # before anything is served by it
    serving = settings.serving if port is None else replace(settings.serving, port=port)
    log_to_stderr()

    def announce(status: ServingStatus) -> None:
        typer.echo(f"Predictions at {status.url}/endpoints/NAME/invocations. Ctrl-C stops it.")

    raise typer.Exit(supervise(SupervisorConfig(root=str(layout.root), serving=serving), announce=announce))
