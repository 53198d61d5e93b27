"""`everloop deploy` and `everloop rollback`."""

from typing import TYPE_CHECKING, Annotated

import typer

from everloop.cli.show import AsJson, Folder, show_json

if TYPE_CHECKING:
    from everloop.actions.deploy import Deployed
    from everloop.workspace.workspace import Workspace


def deploy(
    version: Annotated[str, typer.Argument(help="A model version, such as churn@1.")],
    endpoint: Annotated[str, typer.Argument(help="Where it should answer.")],
    override: Annotated[
        str, typer.Option("--override", help="Skip gates and rollout, for this reason; it is recorded.")
    ] = "",
    folder: Folder = ".",
    as_json: AsJson = False,
) -> None:
    """Put a version behind an endpoint: at once where it is empty, else as a proposal."""
    from everloop.workspace.open import open

    with open(folder, create=False) as workspace:
        deployed = workspace.version(version).place(endpoint, override=override)
        told = after_deploy(workspace, deployed, version, endpoint)
    if as_json:
        show_json(deployed)
    else:
        typer.echo(told)


def after_deploy(workspace: "Workspace", deployed: "Deployed", version: str, endpoint: str) -> str:
    """What became of a deployment, and what to do next."""
    if not deployed.changed:
        state = "answers" if deployed.state == "champion" else "is proposed"
        return f"{version} {state} at {endpoint} already; nothing was done."
    if deployed.state == "proposed":
        following = "why" if workspace.is_turned() else "turn"
        return (
            f"{version} is proposed at {endpoint}, where another version answers: it goes to its gates.\n"
            f"Next: everloop {following} {endpoint}"
        )
    return f"{version} answers at {endpoint}." + ("" if workspace.is_served() else " Next: everloop up")


def rollback(
    endpoint: Annotated[str, typer.Argument(help="Which endpoint.")],
    reason: Annotated[str, typer.Option("--reason", help="Why; it is recorded.")] = "",
    folder: Folder = ".",
    as_json: AsJson = False,
) -> None:
    """End a rollout that is under way; else give an endpoint back to the version that answered before.

    An open cycle ends by that too: it was to replace another champion.
    """
    from everloop.workspace.open import open

    with open(folder, create=False) as workspace:
        back = workspace.endpoint(endpoint).rollback(reason)
    if as_json:
        show_json(back)
    else:
        typer.echo("\n".join(back.lines()))
